# Reserved capacity for predictable workloads: a Compute Savings Plan covers Fargate. One budget tells when too little of
# the use is covered, the other when a plan that is paid for is not used. Buying a plan is a decision of people.
# https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-monitoring.html

locals {
  savings_plans = {
    coverage    = { type = "SAVINGS_PLANS_COVERAGE", percent = var.savings_plans_coverage_percent }
    utilisation = { type = "SAVINGS_PLANS_UTILIZATION", percent = var.savings_plans_utilisation_percent }
  }
}

resource "aws_budgets_budget" "savings_plans" {
  for_each = { for key, budget in local.savings_plans : key => budget if var.create && var.enable_savings_plans_budgets }

  name         = "${var.name}-savings-plans-${each.key}"
  budget_type  = each.value.type
  time_unit    = "MONTHLY"
  limit_amount = "100"
  limit_unit   = "PERCENTAGE"
  tags         = var.tags

  # AWS takes these budgets only without anything but the subscription itself.
  # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CostTypes.html
  cost_types {
    include_credit             = false
    include_discount           = false
    include_other_subscription = false
    include_recurring          = false
    include_refund             = false
    include_subscription       = true
    include_support            = false
    include_tax                = false
    include_upfront            = false
    use_blended                = false
  }

  notification {
    notification_type          = "ACTUAL"
    comparison_operator        = "LESS_THAN"
    threshold                  = each.value.percent
    threshold_type             = "PERCENTAGE"
    subscriber_sns_topic_arns  = [var.topic_arn]
    subscriber_email_addresses = var.emails
  }
}
