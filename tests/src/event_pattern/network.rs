//! `{"cidr": "10.0.0.0/24"}`: a range of IPv4 or IPv6 addresses.

use std::net::IpAddr;

/// A range of addresses.
#[derive(Debug, Clone)]
pub(super) struct Network {
    address: IpAddr,
    /// How many of the last bits may be anything.
    free_bits: u32,
}

impl Network {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of addresses such as 10.0.0.0/24");
        let (address, fixed_bits) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let fixed_bits: u32 = fixed_bits.parse().map_err(|_| wrong())?;
        let free_bits = size(address).checked_sub(fixed_bits).ok_or_else(wrong)?;
        Ok(Self { address, free_bits })
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        let Ok(address) = text.parse::<IpAddr>() else { return false };
        let fixed = |address| bits(address).checked_shr(self.free_bits).unwrap_or(0);
        size(address) == size(self.address) && fixed(address) == fixed(self.address)
    }
}

const fn size(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}
