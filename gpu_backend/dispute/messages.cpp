#include "gpu_backend/dispute/messages.hpp"

#include "gpu_backend/commitment/sha256.hpp"

namespace assay::backend {
namespace {

constexpr std::uint64_t kHash = sizeof(Hash);
constexpr std::uint64_t kNumber = sizeof(std::uint64_t);

std::uint64_t bytes(const std::vector<Hash>& hashes) { return kNumber + hashes.size() * kHash; }
std::uint64_t bytes(const OperatorRecord& record) {
  return kHash + bytes(record.inputs) + bytes(record.outputs);
}
std::uint64_t bytes(const ProvenRecord& proven) {
  return kNumber + bytes(proven.record) + bytes(proven.path);
}

struct Count {
  std::uint64_t operator()(const CommitSteps&) const { return kNumber; }
  std::uint64_t operator()(const CommitTrace&) const { return kNumber; }
  std::uint64_t operator()(const Descend&) const { return 5 * kNumber; }
  std::uint64_t operator()(const OpenOperator&) const { return 2 * kNumber; }
  std::uint64_t operator()(const OpenInputs&) const { return 2 * kNumber; }

  std::uint64_t operator()(const StepsCommitment& reply) const { return kHash + bytes(reply.last); }
  std::uint64_t operator()(const TraceCommitment& reply) const {
    return kHash + bytes(reply.state) + bytes(reply.state_path) + bytes(reply.assembly);
  }
  std::uint64_t operator()(const Nodes& reply) const { return bytes(reply.nodes); }
  std::uint64_t operator()(const OperatorOpening& reply) const {
    std::uint64_t sum = bytes(reply.record) + kNumber;
    for (const ProvenRecord& source : reply.sources) sum += bytes(source);
    return sum;
  }
  std::uint64_t operator()(const InputTensors& reply) const {
    std::uint64_t sum = kNumber;
    for (const Tensor& tensor : reply.tensors) sum += kNumber + tensor.size() * sizeof(float);
    return sum;
  }
};

}  // namespace

std::uint64_t wire_bytes(const Request& request) { return kNumber + std::visit(Count{}, request); }
std::uint64_t wire_bytes(const Reply& reply) { return kNumber + std::visit(Count{}, reply); }

Hash record_leaf(const OperatorRecord& record) {
  Sha256 sha;
  sha.begin(Domain::OperatorRecord).add(record.address);
  for (const auto* hashes : {&record.inputs, &record.outputs}) {
    sha.add(std::uint64_t{hashes->size()});
    for (const Hash& hash : *hashes) sha.add(hash);
  }
  return sha.finish();
}

}  // namespace assay::backend
