output "shield_protection_ids" {
  description = "Ids of the protections, by the short names of `shield_resource_arns`."
  value       = { for key, protection in aws_shield_protection.resource : key => protection.id }
}

output "macie_enabled" {
  description = "Whether Macie is switched on by this module."
  value       = length(aws_macie2_account.session) > 0
}

output "inspector_resource_types" {
  description = "What Inspector scans; empty if it is not switched on by this module."
  value       = flatten(aws_inspector2_enabler.account[*].resource_types)
}
