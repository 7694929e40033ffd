"""Samples of members, their rights and permission sets."""

from __future__ import annotations

from typing import Any

from tests.support.samples.shapes import (
    ANN,
    BEN,
    CLIENT,
    STRANGER,
    VERA,
    Sample,
    answered,
    proxy,
)

_RIGHTS: dict[str, Any] = {"roles": {CLIENT.id: ["viewer"]}, "sets": {}, "name": "Dora"}
_CLERKS = {"name": "Sample clerks", "permissions": ["view", "stage"]}


def people_samples() -> list[Sample]:
    """Who asks; a person taken in and let go; what only who manages people may."""

    def asked(case: str, method: str, path: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy(method, path, **{"sub": BEN, "key": f"sample-{case}", **how})
        return Sample("people_admin", case, event, expected)

    dora = {"id": "dora-clerk", "kind": "person", **_RIGHTS}
    approver = {**_RIGHTS, "roles": {CLIENT.id: ["approver"]}}
    gone, may_not = {"reason": "left the firm"}, answered(403, "forbidden")
    add, one = "/members", "/members/{member}"
    return [
        asked("me", "GET", "/me", answered(200), sub=VERA),
        asked("me_stranger", "GET", "/me", may_not, sub=STRANGER),
        asked("members", "GET", add, answered(200)),
        asked("members_by_advisor", "GET", add, may_not, sub=ANN),
        asked("member_unknown", "GET", one, answered(404, "not_found"), member=STRANGER),
        asked("add_by_viewer", "POST", add, may_not, sub=VERA, body=dora),
        asked("add", "POST", add, answered(201), body=dora),
        asked("add_again", "POST", add, answered(409, "already_exists"), body=dora),
        asked(
            "change_without_second_factor",
            "PUT",
            one,
            answered(401, "step_up_required"),
            member="dora-clerk",
            body=approver,
            version=1,
        ),
        asked("change_unseen", "PUT", one, answered(412, "version_mismatch"), member="dora-clerk",
              body=_RIGHTS, version=9),
        asked("change_own", "PUT", one, answered(403, "same_person"), member=BEN, body=_RIGHTS,
              version=1),
        asked("deactivate", "POST", f"{one}/deactivate", answered(200), member="dora-clerk",
              body=gone),
        asked("activate", "POST", f"{one}/activate", answered(200), member="dora-clerk"),
        asked("permission_set", "POST", "/permission-sets", answered(201), body=_CLERKS),
        asked("permission_sets", "GET", "/permission-sets", answered(200)),
        asked("permission_set_unknown", "DELETE", "/permission-sets/{set}",
              answered(404, "not_found"), set="pst_unknown", version=1),
        asked("firm_audit", "GET", "/audit", answered(200), query={"limit": "5"}),
    ]  # fmt: skip
