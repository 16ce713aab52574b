#include "protocol/pool.hpp"

#include <algorithm>

namespace assay::protocol {
namespace {

/// Whether `a` is served after `b`.
bool later(const WaitingTasks::Entry& a, const WaitingTasks::Entry& b) {
  return a.limit_rate != b.limit_rate ? a.limit_rate < b.limit_rate : a.serial > b.serial;
}

}  // namespace

void WaitingTasks::push(WorkloadId workload, Entry entry) {
  std::vector<Entry>& heap = heaps_[index(workload)];
  heap.push_back(entry);
  std::push_heap(heap.begin(), heap.end(), later);
}

const WaitingTasks::Entry* WaitingTasks::top(WorkloadId workload) const {
  const std::vector<Entry>& heap = heaps_[index(workload)];
  return heap.empty() ? nullptr : &heap.front();
}

void WaitingTasks::pop(WorkloadId workload) {
  std::vector<Entry>& heap = heaps_[index(workload)];
  std::pop_heap(heap.begin(), heap.end(), later);
  heap.pop_back();
}

void WaitingTasks::save(sim::ByteWriter& out) const {
  out.put(static_cast<std::uint64_t>(heaps_.size()));
  for (const auto& heap : heaps_) out.put_rows(heap);
}

void WaitingTasks::load(sim::ByteReader& in) {
  heaps_.resize(in.length(sizeof(std::uint64_t)));
  for (auto& heap : heaps_) heap = in.get_rows<Entry>();
}

}  // namespace assay::protocol
