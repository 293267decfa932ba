# Events of AWS Health to findings. Code: functions/health-event.
#
# AWS sends events of global services in us-east-1 only: a suite elsewhere needs modules/global-events. Nothing is read from
# the API of AWS Health: it answers only accounts with a Business support plan or a higher one.
module "health_event" {
  source = "../modules/function"
  create = var.create && contains(local.sources, "health-event")

  name            = "health-event"
  description     = "Events of AWS Health to findings."
  artifact        = local.artifacts["health-event"]
  common          = local.common
  failures        = local.failures
  memory_mb       = local.tuned["health-event"].memory_mb
  timeout_seconds = local.tuned["health-event"].timeout_seconds
  queue           = local.tuned["health-event"].queue
  vpc             = local.tuned["health-event"].vpc

  trigger     = { event_pattern = file("${path.module}/patterns/health-event.json") }
  environment = local.environment
  permissions = local.source_permissions
}
