# A public load balancer: HTTPS with a certificate of yours, HTTP only to redirect, access logs, and a pair of target groups
# for a service. Its bucket for logs is in logs.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  target_groups = toset(["blue", "green"])
}

resource "aws_lb" "web" {
  #checkov:skip=CKV_AWS_150:deletion_protection is an input; development can be destroyed
  #checkov:skip=CKV2_AWS_28:The firewall is associated by the module waf, where the environment has one
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.public_subnet_ids
  security_groups            = [aws_security_group.web.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  tags                       = var.tags

  access_logs {
    enabled = true
    bucket  = aws_s3_bucket.logs.id
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_security_group" "web" {
  name        = "${var.name}-load-balancer"
  description = "HTTPS and HTTP from the Internet to the load balancer of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-load-balancer" })
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  #checkov:skip=CKV_AWS_260:HTTP is open to redirect to HTTPS
  for_each = { for pair in setproduct([80, 443], ["0.0.0.0/0", "::/0"]) : "${pair[0]} ${pair[1]}" => { port = pair[0], cidr = pair[1] } }

  security_group_id = aws_security_group.web.id
  description       = each.value.port == 443 ? "HTTPS from the Internet" : "HTTP from the Internet, redirected"
  cidr_ipv4         = strcontains(each.value.cidr, ":") ? null : each.value.cidr
  cidr_ipv6         = strcontains(each.value.cidr, ":") ? each.value.cidr : null
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  security_group_id            = aws_security_group.web.id
  description                  = "Requests and health checks to the tasks"
  referenced_security_group_id = var.task_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.container_port
  to_port                      = var.container_port
}

resource "aws_lb_target_group" "service" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; the way to the task stays in private subnets
  for_each = local.target_groups

  name                 = "${var.name}-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.container_port
  deregistration_delay = var.deregistration_delay_seconds
  tags                 = var.tags

  health_check {
    enabled             = true
    path                = var.health_check_path
    matcher             = "200-299"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.web.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = var.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service["blue"].arn
  }

  lifecycle {
    # CodeDeploy shifts the traffic between the pair.
    ignore_changes = [default_action]
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "HTTP"
  tags              = var.tags

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}
