#include "gpu_backend/worker/client.hpp"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "gpu_backend/dispute/referee.hpp"
#include "gpu_backend/dispute/trace.hpp"
#include "gpu_backend/worker/remote_party.hpp"
#include "gpu_backend/worker/remote_segment.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/worker/fake_worker.hpp"

using namespace assay::backend;

namespace {

/// A shell command in the worker's place.
WorkerClient::Terms shell(const std::string& command, double patience_s = 20.0) {
  WorkerClient::Terms terms;
  terms.name = "worker 1";
  terms.command = {"/bin/sh", "-c", command};
  terms.patience = std::chrono::duration<double>(patience_s);
  return terms;
}

/// The same, once the request has come.
WorkerClient::Terms after_request(const std::string& command) {
  return shell("head -c 20 > /dev/null; " + command);
}

/// How a worker fails to describe its device, and what is said about it.
std::pair<WorkerFault, std::string> failure(WorkerClient& worker) {
  try {
    static_cast<void>(worker.ask(Describe{}));
  } catch (const WorkerError& error) {
    return {error.fault(), error.what()};
  }
  FAIL("the worker answered");
  return {};
}

std::pair<WorkerFault, std::string> failure(const WorkerClient::Terms& terms) {
  WorkerClient worker(terms);
  auto found = failure(worker);
  // What harms is started once more; what would be refused again is not.
  const bool hopeless =
      found.first == WorkerFault::Refused || found.first == WorkerFault::NotStarted;
  CHECK(worker.starts() == (hopeless ? 1 : 2));
  return found;
}

MeasureTask measuring(const char* workload, std::uint32_t steps) {
  MeasureTask task;
  task.workload = workload;
  task.steps = steps;
  return task;
}

}  // namespace

TEST_CASE("a worker that fails in any way ends in an error that says how", "[gpu_backend]") {
  SECTION("there is no such program") {
    WorkerClient::Terms terms;
    terms.command = {"/nowhere/assay-worker"};
    const auto [fault, text] = failure(terms);
    CHECK(fault == WorkerFault::NotStarted);
    CHECK_THAT(text, ContainsSubstring("/nowhere/assay-worker: cannot be started"));
  }
  SECTION("it ends at once") {
    const auto [fault, text] = failure(shell("exit 3"));
    CHECK(fault == WorkerFault::Died);
    CHECK_THAT(text, ContainsSubstring("worker 1: describe the device: it ended with code 3") &&
                         ContainsSubstring("started again"));
  }
  SECTION("it is killed while it works") {
    const auto [fault, text] = failure(shell("kill -9 $$"));
    CHECK(fault == WorkerFault::Died);
    CHECK_THAT(text, ContainsSubstring("signal 9"));
  }
  SECTION("it hangs") {
    const auto [fault, text] = failure(shell("exec sleep 1000", 0.2));
    CHECK(fault == WorkerFault::Hung);
    CHECK_THAT(text, ContainsSubstring("no answer in 0.2 s"));
  }
  SECTION("it sends its request back") {
    const auto [fault, text] = failure(shell("exec cat"));
    CHECK(fault == WorkerFault::Nonsense);
    CHECK_THAT(text, ContainsSubstring("kind 2, expected 3"));
  }
  SECTION("it sends noise") {
    const auto [fault, text] = failure(after_request("exec head -c 1000000 /dev/urandom"));
    CHECK(fault == WorkerFault::Nonsense);
    CHECK_THAT(text, ContainsSubstring("open no message"));
  }
  SECTION("it ends in the middle of a message") {
    const auto [fault, text] = failure(after_request(R"(printf 'ASSY\003\000\003')"));
    CHECK(fault == WorkerFault::Died);
    CHECK_THAT(text, ContainsSubstring("in the middle of a message"));
  }
  SECTION("it announces more than any message has") {
    const auto [fault, text] = failure(
        after_request(R"(printf 'ASSY\003\000\003\000\001\000\000\000\377\377\377\177\0\0\0\0')"));
    CHECK(fault == WorkerFault::Nonsense);
    CHECK_THAT(text, ContainsSubstring("2147483647 bytes, expected at most"));
  }
}

TEST_CASE("an answer that cannot be one is nonsense", "[gpu_backend]") {
  const auto fault_of = [](const FakeWorker::Answer& answer) {
    const FakeWorker fake(answer);
    return failure(fake.terms());
  };
  const auto other_request = fault_of([](const Frame& request) {
    Frame frame = answer_to(request, Description{{"a", "b", 1, 1}});
    frame.request += 1;
    return frame;
  });
  CHECK(other_request.first == WorkerFault::Nonsense);
  CHECK_THAT(other_request.second, ContainsSubstring("answer to request 2, expected one to 1"));

  const auto unasked = fault_of([](const Frame& request) {
    Frame frame = answer_to(request, Description{{"a", "b", 1, 1}});
    const std::vector<float> values{1.0f};
    const std::vector<std::span<const float>> tensors{values};
    frame.tensors = share_tensors(tensors);
    return frame;
  });
  CHECK_THAT(unasked.second, ContainsSubstring("tensors that were not expected"));

  const FakeWorker liar([](const Frame& request) {
    SegmentDone done;
    done.result.claim.checkpoints.resize(1);
    done.result.claim.losses.resize(2);
    return answer_to(request, done);
  });
  WorkerClient worker(liar.terms());
  CHECK_THROWS_WITH(worker.ask(RunSegment{small_task()}), ContainsSubstring("root"));
}

TEST_CASE("a refusal is passed on and costs no restart", "[gpu_backend]") {
  const FakeWorker fake([](const Frame& request) {
    return answer_to(request, Refusal{RefusalReason::OutOfMemory, "out of memory"});
  });
  const auto [fault, text] = failure(fake.terms());
  CHECK(fault == WorkerFault::Refused);
  CHECK_THAT(text, ContainsSubstring("out of memory"));
}

TEST_CASE("a failure of a worker's device starts it again, and is not passed on as a refusal",
          "[gpu_backend]") {
  std::atomic<int> asked{0};
  const FakeWorker fake([&](const Frame& request) {
    if (++asked == 1) return answer_to(request, Refusal{RefusalReason::Failed, "a lost device"});
    return answer_to(request, Description{{"second", "time", 1, 1}});
  });
  WorkerClient worker(fake.terms());
  CHECK(worker.ask(Describe{}).info.backend == "second");
  CHECK(worker.starts() == 2);
  const FakeWorker lost([](const Frame& request) {
    return answer_to(request, Refusal{RefusalReason::Failed, "a lost device"});
  });
  const auto [fault, text] = failure(lost.terms());
  CHECK(fault == WorkerFault::Failed);
  CHECK_THAT(text, ContainsSubstring("a lost device; started again: a lost device"));
}

TEST_CASE("an answer that fits into no message is refused before it is computed", "[gpu_backend]") {
  WorkerClient worker(real_worker());
  SegmentTask task = small_task();
  task.steps = 1'000'000;
  task.interval = 1;
  try {
    static_cast<void>(worker.ask(RunSegment{task, false, {}}));
    FAIL("it was answered");
  } catch (const WorkerError& error) {
    CHECK(error.fault() == WorkerFault::Refused);
    CHECK_THAT(error.what(), ContainsSubstring("1000000 steps with 1000000 checkpoints"));
  }
}

TEST_CASE("a worker that fails once is started again and answers", "[gpu_backend]") {
  std::atomic<int> asked{0};
  const FakeWorker fake([&](const Frame& request) -> std::optional<Frame> {
    if (++asked == 1) return std::nullopt;
    return answer_to(request, Description{{"second", "time", 1, 1}});
  });
  WorkerClient worker(fake.terms());
  CHECK(worker.ask(Describe{}).info.backend == "second");
  CHECK(worker.starts() == 2);
}

TEST_CASE("the real worker survives what can happen to a process", "[gpu_backend]") {
  WorkerClient worker(real_worker(6.0));
  CHECK(worker.ask(Describe{}).info.backend == "cpu-repops");
  CHECK(worker.starts() == 1);
  REQUIRE(::kill(worker.process(), SIGKILL) == 0);
  CHECK(worker.ask(Describe{}).info.backend == "cpu-repops");
  CHECK(worker.starts() == 2);
  REQUIRE(::kill(worker.process(), SIGSTOP) == 0);
  CHECK(worker.ask(Describe{}).info.backend == "cpu-repops");
  CHECK(worker.starts() == 3);
}

TEST_CASE("the real worker refuses what there is not, by name", "[gpu_backend]") {
  WorkerClient worker(real_worker());
  CHECK_THROWS_WITH(worker.ask(Measure{measuring("mlp-1n", 2)}), ContainsSubstring("mlp-1m"));
  SegmentTask task = small_task();
  task.cheat = "skipp";
  CHECK_THROWS_WITH(worker.ask(RunSegment{task}), ContainsSubstring("skip"));
  task = small_task();
  task.precision = "tf32";
  CHECK_THROWS_WITH(worker.ask(RunSegment{task}),
                    ContainsSubstring("cpu-repops does not compute in tf32 here, expected fp32"));
  task = small_task();
  task.first_step = 4;
  CHECK_THROWS_WITH(worker.ask(RunSegment{task}),
                    ContainsSubstring("no state for a segment that starts after 4 steps"));
  CHECK_THROWS_WITH(worker.ask(AskParty{task, CommitSteps{0}}), ContainsSubstring("no state"));
  task = small_task();
  task.interval = 3;
  CHECK_THROWS_WITH(worker.ask(RunSegment{task}), ContainsSubstring("every 3 steps"));
  CHECK_THROWS_AS(worker.ask(Measure{measuring("mlp-1m", 1)}), WorkerError);
  CHECK(worker.starts() == 1);
  WorkerClient::Terms unknown = real_worker();
  unknown.command.insert(unknown.command.end(), {"--backend", "cpu-repop"});
  WorkerClient other(unknown);
  CHECK_THROWS_WITH(other.ask(Describe{}), ContainsSubstring("ended with code 2"));
}

TEST_CASE("the real worker trains, commits and recomputes as this process does", "[gpu_backend]") {
  WorkerClient worker(real_worker());
  const SegmentTask task = small_task();
  const auto runner = cpu_runner(1);
  Trainer trainer(workload(task.workload), task.seed, *runner);
  Conduct conduct(trainer, segment_of(task), cheat_of(task),
                  initial_state(trainer.workload(), task.seed));
  const SegmentClaim expected = train_segment(conduct);
  const SegmentDone done = worker.ask(RunSegment{task});
  CHECK(done.result.claim.root == expected.root);
  CHECK(done.result.claim.losses == expected.losses);

  const Operator op{OperatorKind::Scale, {3}, {2.0f}};
  const std::vector<float> values{1.0f, -2.0f, 0.5f};
  const std::vector<Input> inputs{values};
  CHECK(recompute(worker, op, inputs) == std::vector<Tensor>{Tensor{2.0f, -4.0f, 1.0f}});
}

TEST_CASE("a segment goes on from a state that came back", "[gpu_backend]") {
  WorkerClient worker(real_worker());
  SegmentTask whole = small_task();
  whole.steps = 4;
  const SegmentResult expected = run_segment(worker, whole, {}, true);
  REQUIRE(expected.states.size() == 2);
  CHECK(expected.states[1].step == 4);
  CHECK(root_of(expected.states[1]) == expected.claim.checkpoints[1]);

  SegmentTask half = small_task();
  half.first_step = 2;
  const std::vector<Value>& tensors = expected.states[0].tensors;
  const std::vector<Input> start(tensors.begin(), tensors.end());
  const SegmentResult found = run_segment(worker, half, start, true);
  CHECK(found.states == std::vector<State>{expected.states[1]});
  CHECK(found.claim.checkpoints.back() == expected.claim.checkpoints.back());

  const std::vector<Input> cut(start.begin(), start.end() - 1);
  CHECK_THROWS_WITH(run_segment(worker, half, cut, false), ContainsSubstring("is none of"));
  SegmentTask long_one = small_task();
  long_one.workload = "gpt-1m";
  long_one.steps = 1'000;
  long_one.interval = 1;
  CHECK_THROWS_WITH(run_segment(worker, long_one, {}, true), ContainsSubstring("1000 states"));
  CHECK(worker.starts() == 1);
}

TEST_CASE("a measurement adds up", "[gpu_backend]") {
  WorkerClient worker(real_worker());
  const Measurement honest = worker.ask(Measure{measuring("mlp-1m", 5)}).measurement;
  CHECK(honest.parameters == parameter_count(workload("mlp-1m")));
  CHECK(honest.state_bytes == 3 * 4 * honest.parameters);
  CHECK(honest.matrix_s > 0.0);
  CHECK(honest.memory_s > 0.0);
  // Medians of parts of a step need not sum to the median step, but none exceeds the longest.
  const double longest = *std::max_element(honest.step_s.begin() + 1, honest.step_s.end());
  for (const double part : {honest.matrix_s, honest.memory_s, honest.overhead_s}) {
    CHECK(part <= longest);
  }
  CHECK(honest.peak_bytes > honest.state_bytes);
  CHECK(honest.largest_operator_flops < honest.step_flops);
  CHECK(honest.hash_bytes_per_s > 0.0);
  CHECK(honest.copy_to_bytes_per_s == 0.0);
  // A step that is skipped has no operators.
  MeasureTask skipping = measuring("mlp-1m", 3);
  skipping.cheat = "skip";
  const Measurement skipped = worker.ask(Measure{skipping}).measurement;
  CHECK(skipped.matrix_s == 0.0);
  CHECK(skipped.memory_s == 0.0);
  CHECK(skipped.step_flops == honest.step_flops);
}

TEST_CASE("two workers play a dispute and the liar loses", "[gpu_backend]") {
  WorkerClient first(real_worker());
  WorkerClient second(real_worker());
  SegmentTask honest = small_task();
  SegmentTask lying = honest;
  lying.cheat = "tampered-operator";
  lying.cheat_step = 1;
  lying.cheat_op = 2;
  const Hash lie = first.ask(RunSegment{lying}).result.claim.root;
  const Hash truth = second.ask(RunSegment{honest}).result.claim.root;
  REQUIRE(lie != truth);
  const Workload trained = workload(honest.workload);
  const DisputeCase dispute{trained, honest.seed, segment_of(honest),
                            start_root(trained, honest.seed)};
  RemoteParty liar(first, lying);
  RemoteParty challenger(second, honest);
  const auto referee = cpu_runner(1);
  const DisputeOutcome outcome = settle(dispute, {lie, &liar}, {truth, &challenger}, 8, *referee);
  CHECK(outcome.liar == Liar::First);
  CHECK(outcome.step == 1);
  CHECK(outcome.op == 2);
  CHECK(outcome.operators_computed == 1);
  CHECK(outcome.rounds ==
        predicted_rounds(dispute.segment, step_graph(trained).operators.size(), 8));
}

TEST_CASE("a worker that is killed in a dispute goes on with it", "[gpu_backend]") {
  WorkerClient worker(real_worker());
  SegmentTask task = small_task();
  RemoteParty party(worker, task);
  const auto before = party.answer(CommitSteps{0});
  REQUIRE(::kill(worker.process(), SIGKILL) == 0);
  const auto after = party.answer(CommitSteps{0});
  REQUIRE(before);
  REQUIRE(after);
  CHECK(encode(PartyAnswer{before, {}}) == encode(PartyAnswer{after, {}}));
  CHECK(worker.starts() == 2);
}

// The sanitizers reserve terabytes of addresses, which no limit on them allows.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a worker without memory refuses and lives on", "[gpu_backend]") {
  WorkerClient::Terms terms = real_worker();
  terms.command.insert(terms.command.end(), {"--memory", "300 MiB"});
  WorkerClient worker(terms);
  SegmentTask task = small_task();
  task.workload = "gpt-124m";  // its state alone needs 1.5 GB
  CHECK_THROWS_WITH(worker.ask(RunSegment{task}), ContainsSubstring("out of memory"));
  CHECK(worker.ask(Describe{}).info.backend == "cpu-repops");
  CHECK(worker.starts() == 1);
}
#endif
