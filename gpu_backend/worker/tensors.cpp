#include "gpu_backend/worker/tensors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <new>

#include "gpu_backend/worker/wire.hpp"

namespace assay::backend {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

Descriptor share_tensors(std::span<const std::span<const float>> tensors) {
  std::size_t bytes = 0;
  for (const auto& tensor : tensors) bytes += tensor.size_bytes();
  Descriptor file(::memfd_create("assay-tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) throw std::bad_alloc();
  void* mapped = ::mmap(nullptr, bytes, PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* at = static_cast<char*>(mapped);
  for (const auto& tensor : tensors) {
    std::memcpy(at, tensor.data(), tensor.size_bytes());
    at += tensor.size_bytes();
  }
  ::munmap(mapped, bytes);  // a writable mapping would stand in the way of the seal
  if (::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) throw std::bad_alloc();
  return file;
}

SharedTensors::SharedTensors(const Descriptor& file, std::span<const std::uint64_t> sizes) {
  std::uint64_t floats = 0;
  for (const std::uint64_t size : sizes) {
    if (size > kMaxTensorFloats || floats + size > kMaxTensorFloats) {
      throw WireError(fmt::format("found tensors of more than {} floats", kMaxTensorFloats));
    }
    floats += size;
  }
  bytes_ = floats * sizeof(float);
  if (bytes_ == 0) throw WireError("found shared memory for tensors without a float");
  const int seals = ::fcntl(file.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    throw WireError("found tensors in a file that its owner can still change");
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || static_cast<std::uint64_t>(facts.st_size) != bytes_) {
    throw WireError(fmt::format("found {} bytes of tensors, expected {}", facts.st_size, bytes_));
  }
  mapped_ = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapped_ == MAP_FAILED) throw std::bad_alloc();
  const auto* at = static_cast<const float*>(mapped_);
  for (const std::uint64_t size : sizes) {
    tensors_.emplace_back(at, size);
    at += size;
  }
}

SharedTensors::~SharedTensors() {
  if (mapped_ != nullptr) ::munmap(mapped_, bytes_);
}

}  // namespace assay::backend
