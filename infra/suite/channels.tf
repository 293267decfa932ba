# What each channel may use. It is written once, in plimsoll.toml: each `[channels.NAME]` names its secrets and its topic, and
# the notifier of that channel may read those and no other. Who builds the text from resources that are not there yet, or
# has a key of their own for a secret, writes the variable `channels` as well.

locals {
  # Without comments, and each header at the start of its line.
  plain_toml = replace(replace("\n${replace(var.configuration, "\r", "")}", "/(?m)^[ \t]*#.*$/", ""), "/\n[ \t]*\\[/", "\n[")

  # A section is what stands between two headers; `[channels.NAME.token]` belongs to NAME.
  channel_sections = [for section in split("\n[", local.plain_toml) : {
    name = regex("^channels\\.\"?([A-Za-z0-9_-]+)\"?[.\\]]", section)[0]
    text = section
  } if can(regex("^channels\\.\"?([A-Za-z0-9_-]+)\"?[.\\]]", section))]

  written_channels = { for name, texts in { for s in local.channel_sections : s.name => s.text... } : name => {
    secret_arns = distinct(flatten([for text in texts : regexall("arn:[a-z-]+:(?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:|ssm:[a-z0-9-]+:[0-9]{12}:parameter/)[^\"'\\s]+", text)]))
    topic_arn   = try(flatten([for text in texts : regexall("topic_arn[ \t]*=[ \t]*[\"'](arn:[a-z-]+:sns:[^\"']+)", text)])[0], null)
  } }

  # What the variable says counts, if it says anything: the text may be unknown then until the plan is applied.
  channels = { for name in try(keys(var.channels), keys(local.written_channels)) : name => {
    secret_arns  = tolist(try(var.channels[name].secret_arns, local.written_channels[name].secret_arns))
    topic_arn    = try(var.channels[name].topic_arn, local.written_channels[name].topic_arn)
    kms_key_arns = tolist(try(var.channels[name].kms_key_arns, []))
    immediate    = try(var.channels[name].immediate, null)
  } }
}
