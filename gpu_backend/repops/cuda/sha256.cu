#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/kernels.hpp"

// SHA-256 (FIPS 180-4) of the leaves under a tensor's digest. A thread takes a leaf; what it hashes
// is the byte that says "leaf", which is 0, and then the leaf, so every word of a message has its
// last three bytes from one word of the tensor and its first from the word before.

namespace assay::backend::cuda {
namespace {

constexpr unsigned kThreads =
    32;  // a warp to a block: leaves are few, and spread over all of the device
constexpr unsigned kBlockWords = 16;

struct Digest {
  unsigned words[8];
};

__device__ __forceinline__ unsigned rotated(unsigned x, int bits) {
  return x >> bits | x << (32 - bits);
}

/// The bytes of a word in memory, the first of them highest.
__device__ __forceinline__ unsigned big_endian(unsigned word) {
  return word >> 24 | (word >> 8 & 0xff00u) | (word << 8 & 0xff0000u) | word << 24;
}

/// One block of a message; `w` is used up.
__device__ __forceinline__ void compress(Digest& digest, unsigned (&w)[kBlockWords]) {
  constexpr unsigned kRounds[64] = {
      0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
      0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
      0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
      0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
      0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
      0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
      0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
      0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
      0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
      0xc67178f2u};
  unsigned a = digest.words[0], b = digest.words[1], c = digest.words[2], d = digest.words[3];
  unsigned e = digest.words[4], f = digest.words[5], g = digest.words[6], h = digest.words[7];
#pragma unroll
  for (int round = 0; round < 64; ++round) {
    if (round >= 16) {
      const unsigned w1 = w[(round + 1) % 16];
      const unsigned w14 = w[(round + 14) % 16];
      w[round % 16] += (rotated(w1, 7) ^ rotated(w1, 18) ^ w1 >> 3) + w[(round + 9) % 16] +
                       (rotated(w14, 17) ^ rotated(w14, 19) ^ w14 >> 10);
    }
    const unsigned t1 = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
                        ((e & f) ^ (~e & g)) + kRounds[round] + w[round % 16];
    const unsigned t2 =
        (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  digest.words[0] += a;
  digest.words[1] += b;
  digest.words[2] += c;
  digest.words[3] += d;
  digest.words[4] += e;
  digest.words[5] += f;
  digest.words[6] += g;
  digest.words[7] += h;
}

__global__ void __launch_bounds__(kThreads)
    leaf_kernel(std::size_t count, const Leaf* leaves, unsigned* digests) {
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count) return;
  const Leaf leaf = leaves[i];
  Digest digest{{0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu, 0x9b05688cu,
                 0x1f83d9abu, 0x5be0cd19u}};
  unsigned before = 0;  // the domain byte
  unsigned w[kBlockWords];
  unsigned at = 0;
#pragma unroll 1
  for (; at + kBlockWords <= leaf.words; at += kBlockWords) {
    const uint4* quads = reinterpret_cast<const uint4*>(leaf.data + at);
#pragma unroll
    for (unsigned q = 0; q < kBlockWords / 4; ++q) {
      const uint4 quad = quads[q];
      w[4 * q + 0] = big_endian(quad.x);
      w[4 * q + 1] = big_endian(quad.y);
      w[4 * q + 2] = big_endian(quad.z);
      w[4 * q + 3] = big_endian(quad.w);
    }
#pragma unroll
    for (unsigned k = 0; k < kBlockWords; ++k) {
      const unsigned word = w[k];
      w[k] = before << 24 | word >> 8;
      before = word;
    }
    compress(digest, w);
  }
  // What is left, a 1 bit, zeros, and the length in bits at the end of a block: of this one where
  // there is room for its two words, else of the next.
  const unsigned left = leaf.words - at;
#pragma unroll 1
  for (unsigned block = 0; block < (left < kBlockWords - 2 ? 1u : 2u); ++block) {
#pragma unroll
    for (unsigned k = 0; k < kBlockWords; ++k) {
      const unsigned place = block * kBlockWords + k;
      const unsigned word = place < left    ? big_endian(leaf.data[at + place])
                            : place == left ? 0x80000000u
                                            : 0u;
      w[k] = before << 24 | word >> 8;
      before = word;
    }
    if (block + 1 == (left < kBlockWords - 2 ? 1u : 2u)) w[kBlockWords - 1] = leaf.words * 32 + 8;
    compress(digest, w);
  }
#pragma unroll
  for (unsigned k = 0; k < 8; ++k) digests[8 * i + k] = big_endian(digest.words[k]);
}

}  // namespace

void hash_leaves(std::size_t count, const Leaf* leaves, unsigned* digests) {
  launch("hashing leaves", &leaf_kernel,
         dim3(static_cast<unsigned>((count + kThreads - 1) / kThreads)), dim3(kThreads), count,
         leaves, digests);
}

}  // namespace assay::backend::cuda
