"""Lambda Runtime API client of the local workers: standard library only, runs isolated.

Started as `python -I -S bootstrap.py <layer folder> <runtime folder>`: no site-packages, so a
dependency that is missing from the built layer is missing here as well. Behaves like the managed
Python runtime where the product can tell: error class names, init errors, deadline, trace id.
Source of the protocol: AWS Lambda developer guide, "Using the Lambda runtime API".
"""

import http.client
import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

API_VERSION = "2018-06-01"
Handler = Callable[[Any, Any], Any]


class FunctionError(Exception):
    """An error in the shape the Runtime API takes, with the class name the runtime reports."""

    def __init__(self, error_type: str, message: str, trace: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace

    def body(self) -> dict[str, Any]:
        """The JSON document posted as the error of an invocation."""
        return {
            "errorMessage": self.message,
            "errorType": self.error_type,
            "requestId": "",
            "stackTrace": list(self.trace),
        }


@dataclass(frozen=True)
class Context:
    """The context object given to handlers; attribute names are those of the managed runtime."""

    aws_request_id: str
    deadline_milliseconds: int
    invoked_function_arn: str
    function_name: str = ""
    function_version: str = ""
    memory_limit_in_mb: int = 128
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is stopped, never negative."""
        return max(0, self.deadline_milliseconds - int(time.time() * 1000))


class RuntimeApi:
    """One keep-alive connection to the Runtime API of this worker's environment."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address)

    def next(self) -> tuple[http.client.HTTPMessage, bytes]:
        """Wait for the next invocation; exits the process when the environment was stopped."""
        self._connection.request("GET", f"/{API_VERSION}/runtime/invocation/next")
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(0)
        return response.headers, body

    def post(self, path: str, body: bytes, error_type: str = "") -> None:
        """Send the outcome of an invocation."""
        headers = {"Content-Type": "application/json"}
        if error_type:
            headers["Lambda-Runtime-Function-Error-Type"] = error_type
        self._connection.request("POST", f"/{API_VERSION}/runtime/{path}", body, headers)
        self._connection.getresponse().read()


class LocalClock:
    """Hands a time offset to code that offers `rowcol.clock_source.use_offset(seconds)`.

    The offset is read before each invocation from the JSON file named by ROWCOL_LOCAL_CLOCK:
    `{"offset_seconds": n}`. Without the variable, or without that module, nothing happens.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._use_offset: Callable[[float], None] | None = None
        if path:
            try:
                source = importlib.import_module("rowcol.clock_source")
            except ModuleNotFoundError:
                return
            self._use_offset = source.use_offset

    def apply(self) -> None:
        """Read the file and hand the offset over; a missing or half-written file is no offset."""
        if self._use_offset is None:
            return
        try:
            text = Path(self._path).read_text(encoding="utf-8")
            offset_seconds = json.loads(text).get("offset_seconds", 0)
        except (OSError, ValueError):
            offset_seconds = 0
        self._use_offset(offset_seconds)


def describe(error: BaseException) -> FunctionError:
    """The error as the managed runtime reports it: its class name and its own text."""
    trace = traceback.format_exception(type(error), error, error.__traceback__)
    return FunctionError(type(error).__name__, str(error), tuple(trace))


def load_handler(name: str) -> Handler:
    """Import `module.function`; raises FunctionError with the runtime's own error types."""
    module_name, _, function_name = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise FunctionError("Runtime.ImportModuleError", text, describe(error).trace) from error
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        raise FunctionError("Runtime.UserCodeSyntaxError", text) from error
    except Exception as error:
        raise describe(error) from error
    handler = getattr(module, function_name, None)
    if handler is None:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        raise FunctionError("Runtime.HandlerNotFound", text)
    loaded: Handler = handler
    return loaded


def invoke(handler: Handler, body: bytes, context: Context) -> bytes:
    """Run the handler on one event; raises FunctionError for whatever goes wrong in it."""
    try:
        answer = handler(json.loads(body), context)
    except Exception as error:
        raise describe(error) from error
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        text = f"Unable to marshal response: {error}"
        raise FunctionError("Runtime.MarshalError", text) from error


def context_of(headers: http.client.HTTPMessage) -> Context:
    """The handler's context from the headers of an invocation and the environment."""
    environment = os.environ
    name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return Context(
        aws_request_id=headers["Lambda-Runtime-Aws-Request-Id"],
        deadline_milliseconds=int(headers.get("Lambda-Runtime-Deadline-Ms", "0")),
        invoked_function_arn=headers.get("Lambda-Runtime-Invoked-Function-Arn", ""),
        function_name=name,
        function_version=environment.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        memory_limit_in_mb=int(environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")),
        log_group_name=f"/aws/lambda/{name}",
        log_stream_name=environment.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
    )


def leave_with_parent() -> None:
    """End this process as soon as the engine that started it is gone, even inside a handler."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


class Function:
    """The handler of this worker, or the reason why it could not be loaded."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._handler: Handler | None = None
        self._failure: FunctionError | None = None
        self._load()

    def _load(self) -> None:
        try:
            self._handler = load_handler(self._name)
        except FunctionError as error:
            self._failure = error

    def handler(self) -> Handler:
        """The handler; raises the init error once, then tries to load again as AWS does."""
        if self._handler is None and self._failure is None:
            self._load()
        if self._handler is None:
            failure, self._failure = self._failure, None
            raise failure or FunctionError("Runtime.Unknown", "the handler was not loaded")
        return self._handler


def serve(api: RuntimeApi, function: Function, clock: LocalClock) -> None:
    """Answer invocations until the environment stops."""
    while True:
        headers, body = api.next()
        context = context_of(headers)
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        request = f"invocation/{context.aws_request_id}"
        try:
            handler = function.handler()
            clock.apply()
            answer = invoke(handler, body, context)
        except FunctionError as error:
            print(f"[ERROR] {error.error_type}: {error.message}", "".join(error.trace), sep="\n")
            sys.stdout.flush()
            api.post(f"{request}/error", json.dumps(error.body()).encode(), error.error_type)
        else:
            sys.stdout.flush()
            api.post(f"{request}/response", answer)


def main(layer_directory: str, runtime_directory: str) -> None:
    """Set the module search path of the managed runtime and serve invocations."""
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], layer_directory, runtime_directory]
    log_format = "[%(levelname)s]\t%(message)s"
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format=log_format)
    leave_with_parent()
    function = Function(os.environ["_HANDLER"])
    clock = LocalClock(os.environ.get("ROWCOL_LOCAL_CLOCK", ""))
    try:
        serve(RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"]), function, clock)
    except (ConnectionError, http.client.HTTPException):
        raise SystemExit(0) from None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
