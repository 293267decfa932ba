# The state: one table, one item for each finding, one sparse index of what is open, and one for each channel, which holds what is
# due there.

locals {
  table_name = "${var.name_prefix}-state"
  table_arn  = "arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${local.table_name}"

  # `due_on_call` for the channel `on-call`.
  due_index = { for name in keys(local.channels) : name => "due_${replace(name, "-", "_")}" }

  configuration_item = jsonencode({
    pk   = { S = "D#config" }
    sk   = { S = "plimsoll.toml" }
    rev  = { N = "1" }
    body = { S = jsonencode({ toml = var.configuration }) }
  })

  # Taken from the item, so that the functions wait until it is there.
  revision = var.create ? substr(sha256(aws_dynamodb_table_item.configuration[0].item), 0, 8) : ""
}

resource "aws_dynamodb_table" "state" {
  count = var.create ? 1 : 0

  name                        = local.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection
  tags                        = local.tags

  # The notifiers read the item themselves: the stream only says which one.
  stream_enabled   = true
  stream_view_type = "KEYS_ONLY"

  dynamic "attribute" {
    for_each = concat(["pk", "sk", "open_pk", "open_sk"], flatten([for index in values(local.due_index) : ["${index}_pk", "${index}_sk"]]))
    content {
      name = attribute.value
      type = "S"
    }
  }

  # What is open, by source: what digests and reconciliation read instead of all that was ever kept.
  global_secondary_index {
    name            = "open"
    hash_key        = "open_pk"
    range_key       = "open_sk"
    projection_type = "KEYS_ONLY"
  }

  dynamic "global_secondary_index" {
    for_each = local.due_index
    content {
      name               = global_secondary_index.value
      hash_key           = "${global_secondary_index.value}_pk"
      range_key          = "${global_secondary_index.value}_sk"
      projection_type    = "INCLUDE"
      non_key_attributes = ["${global_secondary_index.value}_at"]
    }
  }

  # Only what was never open has this attribute: the version of a good statement, for longer than a queue keeps an older one.
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  dynamic "server_side_encryption" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]
    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }
}

resource "aws_dynamodb_table_item" "configuration" {
  count = var.create ? 1 : 0

  table_name = aws_dynamodb_table.state[0].name
  hash_key   = "pk"
  range_key  = "sk"
  item       = local.configuration_item
}
