//! Argon2 whose working memory goes back to the system as soon as a hash is done.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, PasswordHasher, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Hashes exactly as [`Argon2`] does, in memory of its own.
///
/// Left to itself, the C library's allocator learns to keep pieces of 19 MiB for the next hash, and a server holds them
/// for the rest of its life. Pieces above 32 MiB (the highest threshold that it learns) it always gives back at once; so
/// a little more is asked for, and what is never touched costs nothing.
pub(super) struct FreshMemory<'a>(pub(super) &'a Argon2<'static>);

impl FreshMemory<'_> {
    const BLOCKS_MIN: usize = 33 * 1024 * 1024 / Block::SIZE;

    fn blocks(&self) -> Vec<Block> {
        let needed = self.0.params().block_count();
        let mut blocks = Vec::with_capacity(needed.max(Self::BLOCKS_MIN));
        blocks.resize(needed, Block::default());
        blocks
    }
}

/// The algorithm and version are not among what [`Argon2`] tells, so a hasher for new hashes has today's.
impl PasswordHasher<PasswordHash> for FreshMemory<'_> {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.0.params().clone())
    }
}

impl CustomizedPasswordHasher<PasswordHash> for FreshMemory<'_> {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm
            .map(Algorithm::try_from)
            .transpose()?
            .unwrap_or(Algorithm::Argon2id);
        let version = version.map(Version::try_from).transpose()?.unwrap_or(Version::V0x13);
        let argon2 = Argon2::new(algorithm, version, params);
        let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut buffer = [0; Output::MAX_LENGTH];
        let output = buffer.get_mut(..length).ok_or(Error::OutputSize)?;
        argon2.hash_password_into_with_memory(password, salt, output, FreshMemory(&argon2).blocks())?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(argon2.params())?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[test]
    fn it_hashes_exactly_as_argon2_does() {
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 2, 1, Some(32)).unwrap(),
        );
        let theirs: PasswordHash = argon2
            .hash_password_with_salt(b"correct horse", b"salt of sixteen!")
            .unwrap();
        let ours = FreshMemory(&argon2)
            .hash_password_with_salt(b"correct horse", b"salt of sixteen!")
            .unwrap();
        assert_eq!(ours.to_string(), theirs.to_string());
        FreshMemory(&argon2).verify_password(b"correct horse", &theirs).unwrap();
    }
}
