# Address lists. An IP set holds one version of addresses, so each list is two sets. An empty set matches nothing:
# during an attack an address is added to the set, and the web ACL stays as it is.

locals {
  lists = {
    for list in [
      { name = "allow", enabled = var.enable_ip_allowlist, allow = true, priority = 10, addresses = var.allowed_ips },
      { name = "block", enabled = var.enable_ip_blocklist, allow = false, priority = 20, addresses = var.blocked_ips },
    ] : list.name => list if list.enabled
  }

  address_rules = merge([
    for name, list in local.lists : {
      "${name}-ipv4" = {
        version   = "IPV4", allow = list.allow, priority = list.priority
        addresses = [for address in list.addresses : address if !strcontains(address, ":")]
      }
      "${name}-ipv6" = {
        version   = "IPV6", allow = list.allow, priority = list.priority + 1
        addresses = [for address in list.addresses : address if strcontains(address, ":")]
      }
    }
  ]...)

  # The keys are known before any ARN is: a load balancer of the same plan has none yet.
  protected = merge(
    { for key in ["resource"] : key => var.resource_arn if var.scope == "REGIONAL" && var.associate_resource },
    var.additional_resource_arns,
  )
}

resource "aws_wafv2_ip_set" "addresses" {
  for_each = local.address_rules

  name               = "${var.name}-${each.key}"
  description        = "Addresses that ${var.name} ${each.value.allow ? "allows before every other rule" : "blocks"}"
  scope              = var.scope
  ip_address_version = each.value.version
  addresses          = each.value.addresses
  tags               = var.tags
}
