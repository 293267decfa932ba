variable "create" {
  description = "Whether to create anything at all."
  type        = bool
  default     = true
  nullable    = false
}

variable "name_prefix" {
  description = "First word of every name. Two suites in one account need two prefixes, also in two regions: roles are global."
  type        = string
  default     = "plimsoll"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name_prefix)) && !endswith(var.name_prefix, "-")
    error_message = "name_prefix has 2 to 24 lower-case letters, digits and hyphens, starts with a letter and does not end with a hyphen."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "packages" {
  description = "The zips of the functions. `directory`: a folder on this machine with `<function>/bootstrap.zip`, as `cargo lambda build` leaves it in target/lambda. Or `s3_bucket` and `s3_prefix` with the same layout, and `s3_object_versions` by function, so that a new upload is noticed."
  type = object({
    directory          = optional(string)
    s3_bucket          = optional(string)
    s3_prefix          = optional(string, "")
    s3_object_versions = optional(map(string), {})
  })
  nullable = false

  validation {
    condition     = (var.packages.directory != null) != (var.packages.s3_bucket != null)
    error_message = "packages names either a directory or an s3_bucket, not both and not neither."
  }
}

variable "architecture" {
  description = "Processor the zips were built for: `arm64`, which is cheaper, or `x86_64`."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64, and it must be the one the zips were built for."
  }
}

variable "functions" {
  description = "Settings of single functions, by `ecr-scan`, `alert-notifier` (all channels) and so on; what is not said is as it is. `queue.maximum_concurrency`: copies that read a queue at a time; a new account may run ten functions at once, and AWS knows no less than two for each queue. `vpc`: the subnets need a way to AWS's APIs and to the channels."
  type = map(object({
    memory_mb       = optional(number)
    timeout_seconds = optional(number)
    queue = optional(object({
      maximum_receives           = optional(number)
      retention_days             = optional(number)
      dead_letter_retention_days = optional(number)
      batch_size                 = optional(number)
      maximum_concurrency        = optional(number)
    }), {})
    vpc = optional(object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.functions), local.functions)) == 0
    error_message = "The functions are ${join(", ", local.functions)}."
  }
}

variable "alarms" {
  description = "Whether to make CloudWatch alarms. Without them nobody hears that Plimsoll itself is in trouble, unless you watch the same metrics elsewhere."
  type        = bool
  default     = true
  nullable    = false
}

variable "dashboard" {
  description = "Whether to make the page in CloudWatch, for $3 a month at list price."
  type        = bool
  default     = true
  nullable    = false
}

variable "configuration" {
  description = "The text of plimsoll.toml: routes, channels, environments, digest. It holds ARNs of secrets, never a secret. Each `[channels.NAME]` becomes a function that may read the secrets and publish to the topic named there, and nothing else."
  type        = string
  nullable    = false

  validation {
    # A DynamoDB item has at most 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    condition     = length(var.configuration) <= 350000
    error_message = "The configuration is longer than 350,000 characters and does not fit into one item of the table."
  }

  validation {
    condition     = var.channels == null ? true : toset(flatten(regexall("(?m)^[ \\t]*\\[channels\\.\"?([A-Za-z0-9_-]+)\"?\\]", var.configuration))) == toset(keys(var.channels))
    error_message = "The configuration has the channels ${join(", ", distinct(flatten(regexall("(?m)^[ \\t]*\\[channels\\.\"?([A-Za-z0-9_-]+)\"?\\]", var.configuration))))}, and the variable channels has ${join(", ", keys(coalesce(var.channels, {})))}: both must name the same ones, since each channel is a function with its own permissions."
  }

  validation {
    condition     = length(regexall("(?m)^[ \\t]*\\[channels\\.", var.configuration)) > 0
    error_message = "The configuration has no [channels.NAME]: a suite that tells nobody is no use."
  }

  validation {
    condition     = alltrue([for name in flatten(regexall("(?m)^[ \\t]*\\[channels\\.\"?([A-Za-z0-9_-]+)\"?\\]", var.configuration)) : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name)) && length(name) <= 16])
    error_message = "The name of a channel consists of lower-case words joined by hyphens, with at most 16 characters."
  }

  validation {
    # Without its six last characters an ARN is another name for the secret, which no permission of ours matches.
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    condition     = alltrue([for arn in regexall("arn:[a-z-]+:secretsmanager:[^\"'\\s]+", var.configuration) : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*?]+-[A-Za-z0-9]{6}$", arn))])
    error_message = "A secret in the configuration is arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf, whole, with the hyphen and the six characters that Secrets Manager adds to the name: without them its notifier may not read it."
  }
}

variable "channels" {
  description = "What the notifier of each channel may use. By default it is what `[channels.NAME]` in the configuration names, so each channel is written once; say it here if the configuration is made of resources that are not there yet, or for what plimsoll.toml does not know. `secret_arns`: secrets of Secrets Manager and encrypted parameters of Parameter Store that it reads; `topic_arn`: the SNS topic it publishes to; `kms_key_arns`: your own keys that encrypt those; `immediate`: woken by each change, not only every minute (at most two channels, the first two by name if nobody says)."
  type = map(object({
    secret_arns  = optional(list(string), [])
    topic_arn    = optional(string)
    kms_key_arns = optional(list(string), [])
    immediate    = optional(bool)
  }))
  default = null

  validation {
    condition     = var.channels == null ? true : length(var.channels) > 0
    error_message = "At least one channel is needed: a suite that tells nobody is no use."
  }

  validation {
    # A table has at most 20 global secondary indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    condition     = length(coalesce(var.channels, {})) <= 19
    error_message = "There are at most 19 channels: each has an index beside the one of what is open, and a DynamoDB table has at most 20."
  }

  validation {
    condition     = alltrue([for name in keys(coalesce(var.channels, {})) : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", name)) && length(name) <= 16])
    error_message = "The name of a channel consists of lower-case words joined by hyphens, with at most 16 characters."
  }

  validation {
    condition = alltrue([for arn in flatten(values(coalesce(var.channels, {}))[*].secret_arns) : can(regex("^arn:[a-z-]+:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*?]+-[A-Za-z0-9]{6}|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[^*?]+)$", arn))])
    # Without its six last characters an ARN is another name for the secret, which no permission of ours matches.
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    error_message = "A secret is arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf, whole, with the hyphen and the six characters that Secrets Manager adds to the name, or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME; without wildcards."
  }

  validation {
    # A stream has at most two readers without throttling: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    condition     = length([for c in values(coalesce(var.channels, {})) : c if coalesce(c.immediate, false)]) <= 2
    error_message = "At most two channels can be immediate: DynamoDB throttles a stream with more than two readers. The others are swept every minute."
  }
}

variable "sources" {
  description = "Functions that read events; null for all of functions/sources/sources.json. Leave one out if its AWS service is not in use."
  type        = set(string)
  default     = null

  validation {
    condition     = var.sources == null ? true : length(setsubtract(var.sources, local.source_names)) == 0
    error_message = "The sources are ${join(", ", local.source_names)}."
  }
}

variable "reconcile" {
  description = "How often each source function reads its service for what no event told, as an expression of EventBridge Scheduler; null for never. At least once a day: an alarm goes off after 26 hours without a run. Costs are never read: Cost Explorer's API is paid for by the request."
  type = object({
    ecr_scan          = optional(string, "rate(6 hours)")
    config_rule       = optional(string, "rate(6 hours)")
    guardduty_finding = optional(string, "rate(1 hour)")
    backup_job        = optional(string, "rate(6 hours)")
  })
  default  = {}
  nullable = false
}

variable "collector" {
  description = "The function that reads the configuration of AWS and proves or refutes lines of the checklist by it. `regions`: those of this account, this one if nothing is said; what is global is read with the first. `members`: other accounts, by modules/member-account, with the role that it makes and its external id. `every_hours` is the time between two readings; on `schedule` a reading goes on that could not end within one run. `paid_calls_a_day`: requests to Cost Explorer, 0.01 USD each; without any, the lines about anomalies and Savings Plans stay unknown. `silent_after_minutes`: when an alarm goes off because no run ended."
  type = object({
    enabled = optional(bool, true)
    regions = optional(list(string))
    members = optional(map(object({
      regions     = list(string)
      role_arn    = string
      external_id = optional(string)
    })), {})
    every_hours          = optional(number, 6)
    schedule             = optional(string, "rate(1 hour)")
    paid_calls_a_day     = optional(number, 0)
    silent_after_minutes = optional(number, 1500)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.collector.schedule))
    error_message = "The collector's schedule is an expression like rate(1 hour)."
  }

  validation {
    condition     = var.collector.regions == null ? true : length(var.collector.regions) > 0
    error_message = "The collector reads at least one region of its own account; enabled = false leaves it out."
  }

  validation {
    condition     = alltrue([for account, member in var.collector.members : can(regex("^[0-9]{12}$", account)) && startswith(member.role_arn, "arn:") && strcontains(member.role_arn, ":${account}:role/") && length(member.regions) > 0])
    error_message = "A member is an account id of twelve digits, with at least one region and the ARN of a role in that account."
  }

  validation {
    # A read proves for two days.
    condition     = var.collector.every_hours >= 1 && var.collector.every_hours <= 24
    error_message = "every_hours is between 1 and 24: a reading proves a line for two days, and one may fail."
  }

  validation {
    condition     = var.collector.paid_calls_a_day >= 0 && var.collector.paid_calls_a_day <= 100
    error_message = "paid_calls_a_day is between 0 and 100, which is 1 USD a day."
  }

  validation {
    condition     = try(var.collector.silent_after_minutes >= 60 && var.collector.silent_after_minutes <= 10080, true)
    error_message = "silent_after_minutes is between an hour and seven days (10,080 minutes)."
  }
}

variable "digest" {
  description = "When the digest is made, in which time zone, by which channels it is told (all, if nothing is said), and after how many hours without one an alarm goes off. A digest on working days only needs more than 72 hours; null for no alarm, since CloudWatch looks back seven days, which is too short for a weekly digest."
  type = object({
    schedule           = optional(string, "cron(0 8 * * ? *)")
    time_zone          = optional(string, "UTC")
    channels           = optional(set(string))
    silent_after_hours = optional(number, 25)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.digest.schedule))
    error_message = "The digest's schedule is an expression like cron(0 8 * * ? *)."
  }

  validation {
    condition     = var.channels == null ? true : length(setsubtract(coalesce(var.digest.channels, []), keys(coalesce(var.channels, {})))) == 0
    error_message = "The digest can be told by channels that exist in the variable channels only."
  }

  validation {
    condition     = var.digest.silent_after_hours == null ? true : var.digest.silent_after_hours >= 2 && var.digest.silent_after_hours <= 168
    error_message = "silent_after_hours is between 2 hours and 168 hours (seven days), the longest that a CloudWatch alarm looks back."
  }
}

variable "heartbeat" {
  description = "The proof that silence means health. On `schedule` an event of our own goes through every rule, queue and function to every channel, which is checked and told nothing; an alarm goes off when a channel has heard none for `silent_after_minutes`, which must be more than the time between two. It costs less than a cent a month beside the alarm of each channel. `forwarded_paths`: what modules/member-account and modules/global-events say in their output `heartbeat_paths`, so that their forwarding is proved as well. `enabled = false` leaves it out."
  type = object({
    enabled              = optional(bool, true)
    schedule             = optional(string, "rate(6 hours)")
    silent_after_minutes = optional(number, 420)
    forwarded_paths      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.heartbeat.schedule))
    error_message = "The heartbeat's schedule is an expression like rate(6 hours)."
  }

  validation {
    condition     = alltrue([for path in var.heartbeat.forwarded_paths : can(regex("^[a-z-]+/[0-9]{12}-[a-z0-9-]+$", path))])
    error_message = "A path of heartbeat.forwarded_paths is FUNCTION/ACCOUNT-REGION, as the modules that forward name it."
  }

  validation {
    condition     = var.heartbeat.silent_after_minutes >= 10 && var.heartbeat.silent_after_minutes <= 10080
    error_message = "silent_after_minutes is between ten minutes and seven days (10,080 minutes)."
  }
}

variable "operations" {
  description = "Who hears that Plimsoll itself is in trouble: by a topic of its own, on a path that uses none of our code. `emails` and `https_endpoints` subscribe to it; `topic_arns` are topics of yours that hear it, too; `heartbeat_schedule` makes the scheduler publish a sign of life to the topic, for a dead man's switch of an on-call service (the way of events is proved by the variable `heartbeat`); `ok_topic_arns` are topics of yours to which CloudWatch also says that an alarm is OK, for an on-call service that resolves by it (each alarm says so when it is made); `operator_arns` (with wildcards) are the principals who alone may read, replay and redrive the queues: with none of them IAM decides."
  type = object({
    create_topic       = optional(bool, true)
    emails             = optional(set(string), [])
    https_endpoints    = optional(set(string), [])
    topic_arns         = optional(list(string), [])
    ok_topic_arns      = optional(list(string), [])
    heartbeat_schedule = optional(string)
    operator_arns      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.operations.create_topic || length(var.operations.emails) + length(var.operations.https_endpoints) == 0
    error_message = "Addresses and endpoints can be subscribed only if create_topic is true."
  }

  validation {
    condition     = try(can(regex("^(rate|cron)\\(.+\\)$", var.operations.heartbeat_schedule)), true) || var.operations.heartbeat_schedule == null
    error_message = "heartbeat_schedule is an expression like rate(1 hour)."
  }

  validation {
    condition     = var.operations.heartbeat_schedule == null || var.operations.create_topic
    error_message = "A heartbeat needs create_topic: it is published to that topic."
  }
}

variable "direct_notices" {
  description = "Events that go from EventBridge to the operations topic at once, past all of our code, and only those: a break-glass path. Any of `guardduty-critical`, `root-login` and `trusted-advisor`. `root-login` needs a CloudTrail trail that logs management events: without a trail EventBridge hears of no sign-in (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html)."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.direct_notices, ["guardduty-critical", "root-login", "trusted-advisor"])) == 0
    error_message = "The direct notices are guardduty-critical, root-login and trusted-advisor. Events of AWS Health are read by the function health-event, which takes the place of the notice aws-health."
  }

  validation {
    condition     = length(var.direct_notices) == 0 || var.operations.create_topic
    error_message = "Direct notices need operations.create_topic: they are published to that topic."
  }
}

variable "central_bus" {
  description = "Makes this suite the centre for other accounts and regions: an event bus that takes events of the `member_accounts` (and of this account's other regions), by modules/member-account and modules/global-events. Events of other accounts are refused twice: by the bus, and by the `account` in each rule."
  type = object({
    enabled         = optional(bool, false)
    member_accounts = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for a in var.central_bus.member_accounts : can(regex("^[0-9]{12}$", a))])
    error_message = "An account id has twelve digits, in quotes, so that a leading zero is kept."
  }

  validation {
    condition     = var.central_bus.enabled || length(var.central_bus.member_accounts) == 0
    error_message = "Member accounts need central_bus.enabled = true."
  }
}

variable "cost_topic_arns" {
  description = "Further SNS topics that may send to the queue of `cost-anomaly`, a short key to the ARN; whoever owns the topic subscribes the queue, as modules/global-events does. The suite's own topic needs no entry."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, arn in var.cost_topic_arns : can(regex("^[a-z][a-z0-9-]{0,15}$", key)) && key != "default" && key != "central" && key != "cost-alerts"])
    error_message = "The key of a topic is a short lower-case word other than default, central and cost-alerts."
  }
}

variable "kms_key_arn" {
  description = "Your own key for table, queues, topics, logs and environment. Its policy must name the services that deliver: modules/encryption-key makes one. Null leaves encryption to the keys of the AWS services."
  type        = string
  default     = null

  validation {
    condition     = try(startswith(var.kms_key_arn, "arn:"), var.kms_key_arn == null)
    error_message = "kms_key_arn is the ARN of a key, neither an alias nor an id."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept. Auditors often want a year."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is one of the numbers that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "log_level" {
  description = "How much the functions log: TRACE, DEBUG or INFO. Metrics are lines of INFO: with less, the alarms on what is due would be lost."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO"], var.log_level)
    error_message = "log_level is TRACE, DEBUG or INFO: metrics are lines of INFO, with less, the alarms on what is due would be lost."
  }
}

variable "tracing" {
  description = "Whether Lambda records traces in X-Ray."
  type        = bool
  default     = false
  nullable    = false
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the suite's own metrics."
  type        = string
  default     = "Plimsoll"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_.-]{1,200}$", var.metrics_namespace)) && !startswith(var.metrics_namespace, "AWS/")
    error_message = "metrics_namespace has letters, digits, / _ . and -, and does not start with AWS/, which belongs to AWS."
  }
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted, and the report bucket while there is a report in it. Set it to false and apply before a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "report_bucket" {
  description = "A private bucket for reports that your own pipeline writes, and the days they are kept. No function writes to it."
  type = object({
    enabled        = optional(bool, false)
    retention_days = optional(number, 400)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.report_bucket.retention_days >= 1
    error_message = "retention_days of the report bucket is at least one day."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role, if your organisation demands one."
  type        = string
  default     = null
}
