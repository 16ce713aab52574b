#include "gpu_backend/live/live_executor.hpp"

#include "sim/check.hpp"

namespace assay::backend {

Question LiveExecutor::question(const protocol::SegmentTruth& truth) const {
  const LiveSetting::Cheat& cheat = setting_.cheats.at(index(truth.behaviour));
  SIM_CHECK(!cheat.does.empty());  // live_setting has asked for all that the groups do
  return {truth.lease_key, truth.segment, cheat.behaviour};
}

bool LiveExecutor::differs_bitwise(const protocol::SegmentTruth& truth) const {
  const SegmentAnswer answer = answers_->segment(question(truth));
  return answer.claim != answer.check;
}

protocol::Comparison LiveExecutor::compare(protocol::Chance chance,
                                           const protocol::SegmentTruth& truth,
                                           protocol::DeviceId checker) const {
  if (!differs_bitwise(truth)) return {0.0, true};
  return {table_->compare(chance, truth, checker).distance, false};
}

protocol::Divergence LiveExecutor::divergence(protocol::Chance /*chance*/,
                                              const protocol::SegmentTruth& truth,
                                              std::uint64_t /*steps*/,
                                              std::uint64_t /*operators*/) const {
  const DisputeAnswer answer = answers_->dispute(question(truth));
  return {answer.step, answer.op};
}

std::vector<protocol::Provenance> LiveExecutor::provenance() const {
  std::vector<protocol::Provenance> all = table_->provenance();
  all.push_back(provenance_);
  return all;
}

}  // namespace assay::backend
