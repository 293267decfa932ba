//! A value that would be too large for an item of the table as it is: packed with gzip, and written as base64.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>: an item holds at most 400 KB.

use std::io::{self, Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use plimsoll_pipeline::StoreError;
use serde::{Serialize, de::DeserializeOwned};

/// The largest value that is unpacked, in bytes: nothing that was packed here is as large.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;

/// The value as text.
pub(crate) fn pack(what: &str, value: &impl Serialize) -> Result<String, StoreError> {
    let failed = |error: io::Error| StoreError::new("pack", what, error);
    let json = serde_json::to_vec(value).map_err(|error| StoreError::new("pack", what, error))?;
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&json).map_err(failed)?;
    Ok(STANDARD.encode(packer.finish().map_err(failed)?))
}

/// The value that was packed.
pub(crate) fn unpack<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    let packed = STANDARD.decode(text).map_err(|error| StoreError::new("unpack", what, error))?;
    let unpacked = GzDecoder::new(packed.as_slice()).take(MAX_UNPACKED);
    serde_json::from_reader(io::BufReader::new(unpacked)).map_err(|error| StoreError::new("unpack", what, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_value_comes_back_and_is_small_meanwhile() {
        let value: Vec<String> =
            (0..20_000).map(|n| format!("arn:aws:ecs:eu-central-1:111122223333:service/{n}")).collect();
        let text = pack("x", &value).unwrap();
        assert!(text.len() < 200_000, "{}", text.len());
        assert_eq!(unpack::<Vec<String>>("x", &text).unwrap(), value);
        assert!(unpack::<Vec<String>>("the reading of x", "%").unwrap_err().to_string().contains("the reading of x"));
    }
}
