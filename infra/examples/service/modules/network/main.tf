# A VPC with a public and a private subnet in each zone. Load balancers are public; tasks are private, and nothing gets an
# address of the Internet by itself.

data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394:The first availability_zones names are used, and a zone that AWS adds has a later letter
  state = "available"

  # Not the local zones, which have no load balancers.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.id
  zones  = slice(sort(data.aws_availability_zones.available.names), 0, var.availability_zones)

  # 16 networks of equal size: the lower ones are public, the upper ones private.
  subnets = merge(
    { for index, zone in local.zones : "public-${zone}" => { zone = zone, public = true, cidr = cidrsubnet(var.cidr_block, 4, index) } },
    { for index, zone in local.zones : "private-${zone}" => { zone = zone, public = false, cidr = cidrsubnet(var.cidr_block, 4, 8 + index) } },
  )
}

resource "aws_vpc" "vpc" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(var.tags, { Name = var.name })
}

# The group that everything gets which names none: it lets nothing in and nothing out.
resource "aws_default_security_group" "closed" {
  vpc_id  = aws_vpc.vpc.id
  ingress = []
  egress  = []
  tags    = merge(var.tags, { Name = "${var.name}-closed" })
}

resource "aws_subnet" "subnet" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.vpc.id
  availability_zone       = each.value.zone
  cidr_block              = each.value.cidr
  map_public_ip_on_launch = false
  tags                    = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_internet_gateway" "internet" {
  vpc_id = aws_vpc.vpc.id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_flow_log" "vpc" {
  vpc_id               = aws_vpc.vpc.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow.arn
  iam_role_arn         = aws_iam_role.flow.arn
  tags                 = merge(var.tags, { Name = var.name })
}

resource "aws_cloudwatch_log_group" "flow" {
  #checkov:skip=CKV_AWS_338:The days are those of the environment in the source checklist
  #checkov:skip=CKV_AWS_158:Encrypted with a key of CloudWatch Logs; a key of your own is a decision of yours
  name              = "/vpc/${var.name}/flow"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

resource "aws_iam_role" "flow" {
  name                 = "${var.name}-flow-logs"
  description          = "Writes the flow logs of ${var.name}"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "flow" {
  name = "write"
  role = aws_iam_role.flow.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]
      Resource = [aws_cloudwatch_log_group.flow.arn, "${aws_cloudwatch_log_group.flow.arn}:*"]
    }]
  })
}
