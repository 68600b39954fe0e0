//! A checksum of texts.

/// FNV-1a with 128 bits: small, and the same on every platform. It does not resist a search for
/// collisions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Checksum(u128);

impl Checksum {
    pub(crate) const EMPTY: Self = Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);

    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::EMPTY.and(bytes)
    }

    /// Returns the checksum with more bytes at the end.
    pub(crate) fn and(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |sum, byte| {
            (sum ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        }))
    }

    pub(crate) fn value(self) -> u128 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_fnv_1a() {
        // The test vectors of the function's authors.
        for (text, sum) in [
            ("", 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d),
            ("a", 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964),
            ("foobar", 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18),
        ] {
            assert_eq!(Checksum::of(text.as_bytes()).value(), sum);
        }
        let parts = Checksum::of(b"foo").and(b"bar");
        assert_eq!(parts, Checksum::of(b"foobar"));
    }
}
