# The bus that takes events of other accounts and regions. It is not the default bus, so that its policy can name the
# members, and nobody else has a reason to write to it.

resource "aws_cloudwatch_event_bus" "central" {
  count = var.create && var.central_bus.enabled ? 1 : 0

  name        = "${var.name_prefix}-central"
  description = "Events of the member accounts of ${var.name_prefix}"
  tags        = local.tags
}

resource "aws_cloudwatch_event_bus_policy" "members" {
  count = var.create && length(var.central_bus.member_accounts) > 0 ? 1 : 0

  event_bus_name = aws_cloudwatch_event_bus.central[0].name

  # The accounts as such: with PutEvents of their own they cannot forge an AWS event, since EventBridge refuses every
  # source that begins with `aws.`; only rules forward such events.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LetMembersForward"
      Effect    = "Allow"
      Principal = { AWS = [for account in sort(var.central_bus.member_accounts) : "arn:${local.partition}:iam::${account}:root"] }
      Action    = "events:PutEvents"
      Resource  = aws_cloudwatch_event_bus.central[0].arn
    }]
  })
}
