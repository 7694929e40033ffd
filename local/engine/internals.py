"""The one place that names parts of the pinned emulator which are not its public interface.

`self_check` verifies that every name listed here exists before anything is patched.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

PINNED_VERSION = "1.5.33"

ITEM_WRITES: Mapping[str, str] = {
    "_put_item": "PutItem",
    "_update_item": "UpdateItem",
    "_delete_item": "DeleteItem",
    "_batch_write_item": "BatchWriteItem",
    "_transact_write_items": "TransactWriteItems",
    "_execute_statement": "ExecuteStatement",
    "_batch_execute_statement": "BatchExecuteStatement",
    "_execute_transaction": "ExecuteTransaction",
}
KEY_WRITES = (
    "_create_key", "_create_alias", "_update_alias", "_delete_alias", "_schedule_key_deletion",
    "_cancel_key_deletion", "_enable_key", "_disable_key", "_enable_key_rotation",
    "_disable_key_rotation", "_put_key_policy", "_import_key_material",
)  # fmt: skip
PARAMETER_WRITES = (
    "_put_parameter", "_delete_parameter", "_delete_parameters", "_label_parameter_version",
    "_add_tags_to_resource", "_remove_tags_from_resource",
)  # fmt: skip

USED_NAMES: Mapping[str, Sequence[str]] = {
    "app": ("app", "_parse_execute_api_url", "pin_request_origin"),
    "core.responses": ("get_account_id", "get_region", "request_scope"),
    "core.persistence": ("_json_default", "_json_object_hook"),
    "core.concurrency": ("esm_wake",),
    "core.iam_actions": ("extract_resource_arn",),
    "core.lambda_runtime": (
        "ProvidedWorker._pump_output", "Worker._drain_stderr_bounded", "acquire_worker",
        "release_worker", "kill_workers", "reset", "_workers", "_lock", "_worker_key",
    ),
    "services.dynamodb": (
        *ITEM_WRITES, "_set_item", "_remove_item", "_delete_table", "_tables", "_stream_records",
        "_emit_stream_event", "_items_replaced", "_txn_idempotency", "_TXN_TOKEN_TTL",
        "stream_end_position", "stream_start_position", "stream_records_since",
    ),
    "services.dynamodb_streams": ("_decode_iterator",),
    "services.kms": (*KEY_WRITES, "get_state", "load_persisted_state", "_keys", "_resolve_key"),
    "services.ssm": (*PARAMETER_WRITES, "get_state", "_parameters", "_parameter_history", "_tags"),
    "services.lambda_svc": (
        "acquire_worker", "release_worker", "_poll_dynamodb_streams", "_apply_filter_criteria",
        "_execute_function", "_send_ddb_stream_failure_record", "_iter_all_esms",
        "_get_func_record_for_qualifier", "_dynamodb_stream_positions", "_esm_wake",
        "_dynamodb_stream_positions_lock", "_throttle_response",
    ),
    "services.stepfunctions": (
        "_executions", "_state_machines", "_SFN_WAIT_SCALE", "_stop_execution",
    ),
    "services.ses_v2": ("_smtp_relay",),
    "services.sqs": ("_queues",),
    "services.s3": ("S3_PERSIST", "DATA_DIR"),
    "services.cloudformation.provisioners": (
        "_RESOURCE_HANDLERS", "_kms_apply_key_props", "_kms_key_attrs", "_kms_key_create",
    ),
}  # fmt: skip


def module(name: str) -> Any:
    """The emulator's module `ministack.<name>`; it ships no types, hence Any."""
    return importlib.import_module(f"ministack.{name}")
