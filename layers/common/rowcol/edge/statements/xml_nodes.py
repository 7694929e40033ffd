"""XML in a stream: only the wanted elements become nodes, one at a time, within limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from rowcol.domain.statements.reading import ProblemCode
from rowcol.edge.statements.common import RejectedFile

_DEPTH_MAX = 64
_NODES_MAX = 5_000  # within one wanted element
_TEXT_MAX = 131_072
_BLOCK_BYTES = 65_536
_UNFINISHED = frozenset({3, 5, 20})  # no element found, unclosed token, unclosed CDATA
_UNKNOWN_ENCODING = frozenset({18, 19})


@dataclass(slots=True)
class Node:
    """An element by its local name; `text` is its own, stripped."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.pieces).strip()

    def all(self, *path: str) -> list[Node]:
        """Every element at the path below."""
        found = [self]
        for tag in path:
            found = [child for node in found for child in node.children if child.tag == tag]
        return found

    def get(self, *path: str) -> str:
        """Text of the first element at the path; empty without one."""
        found = self.all(*path)
        return found[0].text if found else ""


@dataclass(slots=True)
class Handlers:
    """`root` is told the first element's full name; `opened` and `closed` the containers'.

    `wanted` are the elements straight below a container that are handed to `node` as a whole.
    """

    container: str
    wanted: frozenset[str]
    root: Callable[[str], None]
    opened: Callable[[], None]
    closed: Callable[[], None]
    node: Callable[[Node], None]


def walk(content: bytes, handlers: Handlers) -> None:
    """Read all of it. Raises RejectedFile, for a document type where it begins."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    walker = _Walker(handlers, parser)
    parser.StartDoctypeDeclHandler = walker.doctype
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.CharacterDataHandler = walker.characters
    try:
        for start in range(0, len(content), _BLOCK_BYTES):
            parser.Parse(content[start : start + _BLOCK_BYTES], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise RejectedFile(_code(error.code), f"{error}", error.lineno) from None
    except (ValueError, LookupError) as error:
        raise RejectedFile(ProblemCode.UNDECODABLE_TEXT, str(error)[:120]) from None


def _code(code: int) -> ProblemCode:
    if code in _UNFINISHED:
        return ProblemCode.TRUNCATED
    return (
        ProblemCode.UNDECODABLE_TEXT if code in _UNKNOWN_ENCODING else ProblemCode.NOT_A_STATEMENT
    )


class _Walker:
    """Handlers of one parse."""

    def __init__(self, handlers: Handlers, parser: expat.XMLParserType) -> None:
        self._handlers = handlers
        self._parser = parser
        self._path: list[str] = []
        self._nodes: list[Node] = []
        self._made = 0
        self._text = 0

    def doctype(self, *_: object) -> None:
        """Nothing of it is read."""
        raise RejectedFile(
            ProblemCode.XML_DOCTYPE_FORBIDDEN,
            "it has a document type",
            self._parser.CurrentLineNumber,
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        tag = name.rpartition(" ")[2]
        line = self._parser.CurrentLineNumber
        if not self._path:
            self._handlers.root(name)
        if self._nodes or (
            self._path
            and self._path[-1] == self._handlers.container
            and tag in self._handlers.wanted
        ):
            self._begin(Node(tag, attributes, line))
        elif tag == self._handlers.container:
            self._handlers.opened()
        self._path.append(tag)
        if len(self._path) > _DEPTH_MAX:
            raise RejectedFile(ProblemCode.NESTED_TOO_DEEP, "elements are nested too deep", line)

    def _begin(self, node: Node) -> None:
        if self._nodes:
            self._nodes[-1].children.append(node)
        else:
            self._made = self._text = 0
        self._nodes.append(node)
        self._made += 1
        if self._made > _NODES_MAX:
            raise RejectedFile(ProblemCode.TOO_MANY_ROWS, "an entry has too many parts", node.line)

    def characters(self, text: str) -> None:
        """Text; kept for wanted elements only."""
        if self._nodes:
            self._nodes[-1].pieces.append(text)
            self._text += len(text)
            if self._text > _TEXT_MAX:
                line = self._nodes[0].line
                raise RejectedFile(ProblemCode.FIELD_TOO_LONG, "an entry's text is too long", line)

    def end(self, name: str) -> None:
        """An element ends."""
        self._path.pop()
        if self._nodes:
            node = self._nodes.pop()
            if not self._nodes:
                self._handlers.node(node)
        elif name.rpartition(" ")[2] == self._handlers.container:
            self._handlers.closed()
