"""Functions as Lambda runs them: with a clean environment, and with embedded metrics turned into metrics.

MiniStack 1.5.33 hands a function the developer's own environment and leaves embedded metrics in the log.
"""

import json

from ministack.services import cloudwatch, lambda_svc
from state import STATE

#: What a function keeps of the bed's environment beside its own variables.
INHERITED = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "LD_LIBRARY_PATH")
RUNTIME_PREFIXES = ("AWS_", "LAMBDA_", "_HANDLER", "_X_")

_worker_environment = lambda_svc._provided_worker_env
_emit_logs = lambda_svc._emit_lambda_logs


def install():
    lambda_svc._provided_worker_env = worker_environment
    lambda_svc._emit_lambda_logs = emit_logs


def worker_environment(config, code_folder, port):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    everything = _worker_environment(config, code_folder, port)
    own = set((config.get("Environment") or {}).get("Variables") or {})
    environment = {
        name: value
        for name, value in everything.items()
        if name in own or name.startswith(RUNTIME_PREFIXES) or name in INHERITED
    }
    logging = config.get("LoggingConfig") or {}
    environment.update(
        AWS_EXECUTION_ENV="AWS_Lambda_rust",
        AWS_LAMBDA_INITIALIZATION_TYPE="on-demand",
        AWS_LAMBDA_LOG_GROUP_NAME=logging.get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}",
        LANG="en_US.UTF-8",
        PATH="/usr/local/bin:/usr/bin:/bin",
        TZ=":UTC",
    )
    if logging.get("LogFormat") == "JSON":
        environment["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        environment["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
    return environment


def emit_logs(function, request_id, text, *rest, **named):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
    for line in (text or "").splitlines():
        if '"_aws"' not in line:
            continue
        try:
            _store_metrics(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            STATE.note("logs", "(bad embedded metrics)", None, f"{error!r}: {line[:200]}")
    cloudwatch._evaluate_all_alarms()
    return _emit_logs(function, request_id, text, *rest, **named)


def _store_metrics(line):
    seconds = line["_aws"]["Timestamp"] / 1000
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(line[name]) for name in names}
            for metric in directive["Metrics"]:
                values = line[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    cloudwatch._store_datum(
                        directive["Namespace"],
                        metric["Name"],
                        dimensions,
                        seconds,
                        metric.get("Unit", "None"),
                        value,
                        None,
                        None,
                        None,
                    )
