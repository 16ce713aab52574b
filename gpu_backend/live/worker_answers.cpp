#include "gpu_backend/live/worker_answers.hpp"

#include <fmt/format.h>

#include <chrono>
#include <tuple>
#include <utility>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/dispute/referee.hpp"
#include "gpu_backend/worker/remote_party.hpp"
#include "protocol/execution/execution.hpp"
#include "sim/digest.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

Hash root_of(WorkerClient& worker, const SegmentTask& task) {
  return worker.ask(RunSegment{task}).result.claim.root;
}

/// The roots of both tasks, at the same time where there are two workers.
std::pair<Hash, Hash> roots_of(const WorkerPool::Lease& workers, const SegmentTask& claim,
                               const SegmentTask& check) {
  if (!workers.two()) {
    const Hash first = root_of(workers.first(), claim);
    return {first, root_of(workers.first(), check)};
  }
  auto first = std::async(std::launch::async, [&] { return root_of(workers.first(), claim); });
  const Hash second = root_of(workers.second(), check);
  return {first.get(), second};
}

}  // namespace

WorkerAnswers::WorkerAnswers(LiveSetting setting, std::vector<WorkerClient::Terms> workers)
    : setting_(std::move(setting)), pool_(std::move(workers)) {
  device_ = pool_.lease().first().ask(Describe{}).info;
}

void WorkerAnswers::refuse_if_failed() {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) throw protocol::ExecutionError(failure_);
}

/// Whoever asks first executes; whoever asks the same meanwhile waits for it.
template <class Answer, class Execute>
Answer WorkerAnswers::once(Cache<Answer>& cache, const Question& question, Execute execute) {
  refuse_if_failed();
  std::promise<Answer> promise;
  std::shared_future<Answer> known;
  {
    const std::lock_guard lock(mutex_);
    std::shared_future<Answer>& place = cache[question];
    if (place.valid()) {
      known = place;
    } else {
      place = promise.get_future().share();
    }
  }
  if (known.valid()) return known.get();
  try {
    const Answer answer = execute(question);
    promise.set_value(answer);
    return answer;
  } catch (const std::exception& error) {
    {
      const std::lock_guard lock(mutex_);
      if (failure_.empty()) failure_ = fmt::format("{}: {}", to_text(question), error.what());
    }
    promise.set_exception(std::make_exception_ptr(protocol::ExecutionError(failure_)));
    throw protocol::ExecutionError(failure_);
  }
}

SegmentAnswer WorkerAnswers::segment(const Question& question) {
  return once(segment_cache_, question, [this](const Question& q) { return execute_segment(q); });
}

DisputeAnswer WorkerAnswers::dispute(const Question& question) {
  return once(dispute_cache_, question, [this](const Question& q) { return execute_dispute(q); });
}

SegmentAnswer WorkerAnswers::execute_segment(const Question& question) {
  const SegmentTask claim =
      setting_.claim(question.lease_key, question.segment, question.behaviour);
  const SegmentTask check = setting_.check(question.lease_key, question.segment);
  const bool honest = claim == check;
  const WorkerPool::Lease workers = pool_.lease();
  const auto begun = Clock::now();
  SegmentAnswer answer;
  for (const bool again : {false, true}) {
    std::tie(answer.claim, answer.check) = roots_of(workers, claim, check);
    if (!honest || answer.claim == answer.check) break;
    if (again) {
      throw protocol::ExecutionError(
          fmt::format("a worker computes wrongly: two honest executions end in {} and {}",
                      sim::hex(answer.claim), sim::hex(answer.check)));
    }
  }
  answer.seconds = seconds_since(begun);
  ++segments_;
  return answer;
}

DisputeAnswer WorkerAnswers::execute_dispute(const Question& question) {
  const SegmentAnswer known = segment(question);
  const SegmentTask defended =
      setting_.claim(question.lease_key, question.segment, question.behaviour);
  SegmentTask challenged = setting_.check(question.lease_key, question.segment);
  const Workload trained = workload(setting_.workload);
  const WorkerPool::Lease workers = pool_.lease();
  const auto begun = Clock::now();
  const Hash claim = known.claim;
  Hash counter_claim = known.check;
  // A claim with the right bits, whatever was done, is disputed by who makes a result up.
  const bool made_up = claim == counter_claim;
  constexpr std::uint32_t kAttempts = 64;
  for (std::uint32_t attempt = 0; attempt < kAttempts && claim == counter_claim; ++attempt) {
    challenged = setting_.made_up(question.lease_key, question.segment, attempt);
    counter_claim = root_of(workers.second(), challenged);
  }
  RemoteParty defender(workers.first(), defended);
  RemoteParty challenger(workers.second(), challenged);
  const DisputeCase dispute{trained, defended.seed, segment_of(defended),
                            start_root(trained, defended.seed)};
  const auto referee = cpu_runner(1);
  const DisputeOutcome outcome = settle(dispute, {claim, &defender}, {counter_claim, &challenger},
                                        setting_.branching, *referee);
  if (outcome.liar != (made_up ? Liar::Second : Liar::First) || outcome.op >= setting_.operators) {
    throw protocol::ExecutionError(
        fmt::format("a worker computes wrongly: the dispute does not convict the {} ({})",
                    made_up ? "challenger" : "provider", name_of(outcome.reason)));
  }
  const StepGraph graph = step_graph(trained);
  DisputeAnswer answer;
  answer.loser = made_up ? "challenger" : "provider";
  answer.reason = name_of(outcome.reason);
  answer.step = outcome.step;
  answer.op = outcome.op;
  answer.op_name = name_of(graph.operators.at(outcome.op).op.kind);
  answer.rounds = outcome.rounds;
  answer.bytes = outcome.bytes;
  answer.referee_flops = outcome.referee_flops;
  answer.seconds = seconds_since(begun);
  ++disputes_;
  return answer;
}

Tape WorkerAnswers::tape() const {
  Tape tape{setting_, device_, {}, {}};
  for (const auto& [question, answer] : segment_cache_) tape.segments[question] = answer.get();
  for (const auto& [question, answer] : dispute_cache_) tape.disputes[question] = answer.get();
  return tape;
}

}  // namespace assay::backend
