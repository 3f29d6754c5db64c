//! The memory of one hash: mapped once, kept, and on huge pages where the kernel has them.
//!
//! The only unsafe code of the hasher. It maps instead of allocating because huge pages need an address that is a
//! multiple of theirs, and because a mapping is zeroed by the kernel page by page, as it is first used: nobody writes
//! the memory before `madvise` was asked, and what is mapped only to align costs nothing.

#![expect(unsafe_code, reason = "mmap and madvise have no safe form")]

use std::ffi::c_void;
use std::ptr;

use argon2::Block;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// The size of a transparent huge page on x86-64, and on 64-bit ARM with pages of 4 KiB. Where it is another, all that
/// is lost is speed.
const HUGE_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// Blocks of Argon2 memory in a mapping of their own.
pub struct BlockMemory {
    mapping: *mut c_void,
    mapped_bytes: usize,
    /// The first multiple of a huge page inside the mapping.
    blocks: *mut Block,
    count: usize,
}

// SAFETY: the mapping belongs to this value alone and to no thread in particular.
unsafe impl Send for BlockMemory {}

impl BlockMemory {
    /// Maps `count` blocks, all zero.
    pub fn map(count: usize) -> Result<Self, Errno> {
        let bytes = count.checked_mul(Block::SIZE).filter(|&bytes| bytes > 0).ok_or(Errno::INVAL)?;
        let mapped_bytes = bytes.checked_add(HUGE_PAGE_BYTES).ok_or(Errno::NOMEM)?;
        // SAFETY: a new private mapping at an address of the kernel's choice; it overlaps nothing.
        let mapping = unsafe {
            mmap_anonymous(ptr::null_mut(), mapped_bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)
        }?;
        let head_bytes = mapping.addr().next_multiple_of(HUGE_PAGE_BYTES) - mapping.addr();
        let start = mapping.wrapping_byte_add(head_bytes);
        // No more than is needed: were the last huge page whole, every thread would hold up to 2 MiB over its budget.
        advise_huge_pages(start, bytes);
        Ok(Self { mapping, mapped_bytes, blocks: start.cast(), count })
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn blocks(&mut self) -> &mut [Block] {
        // SAFETY: `count` blocks lie inside the mapping, which lives as long as `self` and is lent exclusively. Its
        // start is a multiple of 2 MiB and so of a block's alignment, and the kernel's zeros are valid blocks (u64s).
        unsafe { std::slice::from_raw_parts_mut(self.blocks, self.count) }
    }
}

impl Drop for BlockMemory {
    fn drop(&mut self) {
        // SAFETY: exactly what `map` mapped; no borrow of it outlives `self`.
        let unmapped = unsafe { munmap(self.mapping, self.mapped_bytes) };
        debug_assert!(unmapped.is_ok());
    }
}

/// A wish: without it (huge pages switched off, another system) everything works, some 10 % slower.
fn advise_huge_pages(start: *mut c_void, bytes: usize) {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the range lies inside a mapping that was just made, and this advice changes no contents.
        let advised = unsafe { rustix::mm::madvise(start, bytes, rustix::mm::Advice::LinuxHugepage) };
        if let Err(error) = advised {
            tracing::debug!(%error, "no huge pages for hashing");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_blocks_are_zero_aligned_and_their_own() {
        for count in [1, 8, 2_047, 2_048, 19_456] {
            let mut memory = BlockMemory::map(count).unwrap();
            let mut other = BlockMemory::map(count).unwrap();
            assert_eq!((memory.count(), memory.blocks().len()), (count, count));
            assert_eq!(memory.blocks.addr() % HUGE_PAGE_BYTES, 0);
            other.blocks().fill(Block::new());
            for block in memory.blocks() {
                assert!(block.as_ref().iter().all(|&word| word == 0));
                block.as_mut().fill(u64::MAX);
            }
            assert!(other.blocks().iter().all(|block| block.as_ref().iter().all(|&word| word == 0)));
        }
    }

    #[test]
    fn no_blocks_and_too_many_are_errors() {
        assert!(BlockMemory::map(0).is_err() && BlockMemory::map(usize::MAX / 512).is_err());
        assert!(BlockMemory::map(usize::MAX / Block::SIZE).is_err());
    }
}
