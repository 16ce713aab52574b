#include "gpu_backend/worker/wire.hpp"

#include <limits>
#include <string>
#include <utility>

#include "gpu_backend/worker/messages.hpp"
#include "tests/catch.hpp"

using namespace assay::backend;

namespace {

Hash hash_of(int value) {
  Hash hash{};
  hash[0] = static_cast<std::byte>(value);
  hash[31] = std::byte{0xFF};
  return hash;
}

SegmentTask task() {
  SegmentTask task;
  task.workload = "gpt-1m";
  task.seed = 0x0123456789ABCDEFu;
  task.steps = 8;
  task.interval = 4;
  task.cheat = "skip";
  task.fraction = 0.25;
  task.cheat_step = 3;
  task.precision = "bf16";
  task.first_step = 16;
  return task;
}

MeasureTask measuring(std::string workload, std::uint32_t steps) {
  MeasureTask task;
  task.workload = std::move(workload);
  task.steps = steps;
  return task;
}

Measurement measurement() {
  Measurement measured{1, 2, 3, 4.5, 5.5, {0.1, 0.2}, {5.0f, 4.0f}};
  measured.matrix_s = 0.25;
  measured.peak_bytes = std::uint64_t{1} << 33;
  measured.copy_from_bytes_per_s = 1e10;
  return measured;
}

SegmentDone segment_done() {
  SegmentDone done;
  done.result.claim = {hash_of(1), {hash_of(2), hash_of(3)}, {1.5f}};
  done.result.seconds = 2.5;
  done.tensor_sizes = {5};
  return done;
}

ProvenRecord proven() { return {4, {hash_of(5), {hash_of(6)}, {}}, {hash_of(7), hash_of(8)}}; }

/// What encodes decodes to the same bytes; no prefix of it and nothing longer decodes.
template <class M>
void check_canonical(const M& message) {
  const std::string bytes = encode(message);
  CHECK(encode(decode<M>(bytes)) == bytes);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK_THROWS_AS(decode<M>(bytes.substr(0, length)), WireError);
  }
  CHECK_THROWS_AS(decode<M>(bytes + '\0'), WireError);
}

}  // namespace

TEST_CASE("every message has one encoding, which is neither shorter nor longer", "[gpu_backend]") {
  check_canonical(Refusal{RefusalReason::OutOfMemory, "out of memory"});
  check_canonical(Description{
      {"cpu-repops", "a processor", 2, std::uint64_t{1} << 40, "libfoo 1", {"fp32", "bf16"}}});
  check_canonical(Measure{measuring("gpt-1m", 8)});
  check_canonical(Measured{measurement()});
  check_canonical(RunSegment{task(), true, {7, 9}});
  check_canonical(segment_done());
  for (const Request& request : {Request(CommitSteps{1}), Request(CommitTrace{2}),
                                 Request(Descend{TreeKind::Trace, 3, 4, 5, 6}),
                                 Request(OpenOperator{7, 8}), Request(OpenInputs{9, 10})}) {
    check_canonical(AskParty{task(), request});
  }
  check_canonical(PartyAnswer{});
  check_canonical(PartyAnswer{StepsCommitment{hash_of(1), {hash_of(2)}}, {}});
  check_canonical(
      PartyAnswer{TraceCommitment{hash_of(1), {hash_of(2)}, {hash_of(3)}, proven()}, {}});
  check_canonical(PartyAnswer{Nodes{{hash_of(1), hash_of(2)}}, {}});
  check_canonical(PartyAnswer{OperatorOpening{proven().record, {proven(), proven()}}, {}});
  check_canonical(PartyAnswer{InputTensors{}, {3, 4}});
  check_canonical(Recompute{{OperatorKind::Linear, {2, 3, 4}, {}}, {6, 12, 4}});
  check_canonical(Recomputed{{8}});
}

TEST_CASE("whole numbers are little-endian and texts carry their length", "[gpu_backend]") {
  // The form is part of the protocol: a change of it needs another kProtocolVersion.
  CHECK(encode(Recomputed{{0x0102030405060708}}) ==
        std::string("\x01\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01", 12));
  CHECK(encode(Refusal{RefusalReason::OutOfMemory, "ab"}) == std::string("\x02\x02\0\0\0ab", 7));
}

TEST_CASE("what decodes to no value of its type is refused", "[gpu_backend]") {
  CHECK_THROWS_WITH(decode<PartyAnswer>(std::string("\x02\0\0\0\0", 5)),
                    ContainsSubstring("truth value"));
  CHECK_THROWS_WITH(decode<PartyAnswer>(std::string("\x01\x05\0\0\0\0", 6)),
                    ContainsSubstring("choice 5"));
  CHECK_THROWS_WITH(decode<Measure>(std::string("\x02\0\0\0a\x1b\0\0\0\0", 10)),
                    ContainsSubstring("control character"));
  // A length of 4 GiB is refused before anything is allocated for it.
  CHECK_THROWS_WITH(decode<Measure>(std::string("\xff\xff\xff\xff", 4)),
                    ContainsSubstring("at most 4096"));
  CHECK_THROWS_WITH(decode<Recomputed>(std::string("\xff\xff\xff\xff", 4)),
                    ContainsSubstring("cut short"));
  CHECK_THROWS_AS(encode(Measure{measuring(std::string(4097, 'a'), 1)}), WireError);
  CHECK_NOTHROW(decode<Measure>(encode(Measure{measuring(std::string(4096, 'a'), 1)})));
}

TEST_CASE("an answer must be one to its request", "[gpu_backend]") {
  RunSegment request{task(), false, {}};
  SegmentDone answer;
  answer.result.claim.checkpoints = {hash_of(1), hash_of(2)};
  answer.result.claim.losses.assign(8, 0.0f);
  answer.result.claim.root = checkpoints_root({16, 8, 4}, answer.result.claim.checkpoints);
  CHECK_NOTHROW(check_answer(request, answer));
  SegmentDone few = answer;
  few.result.claim.losses.pop_back();
  CHECK_THROWS_WITH(check_answer(request, few), ContainsSubstring("7 losses, expected 8"));
  SegmentDone swapped = answer;
  std::swap(swapped.result.claim.checkpoints[0], swapped.result.claim.checkpoints[1]);
  CHECK_THROWS_WITH(check_answer(request, swapped), ContainsSubstring("root"));
  SegmentDone timeless = answer;
  timeless.result.seconds = -1.0;
  CHECK_THROWS_WITH(check_answer(request, timeless), ContainsSubstring("time"));

  SegmentDone unasked = answer;
  unasked.tensor_sizes = {1};
  CHECK_THROWS_WITH(check_answer(request, unasked), ContainsSubstring("other sizes"));
  request.want_states = true;
  CHECK_THROWS_WITH(check_answer(request, answer), ContainsSubstring("in another number"));
  SegmentDone with_states = answer;
  for (int state = 0; state < 2; ++state) {
    for (const std::size_t size : state_sizes(workload("gpt-1m"))) {
      with_states.tensor_sizes.push_back(size);
    }
  }
  CHECK_NOTHROW(check_answer(request, with_states));

  const Measure measure{measuring("gpt-1m", 2)};
  CHECK_THROWS_AS(check_answer(measure, Measured{}), WireError);
  CHECK_NOTHROW(check_answer(measure, Measured{measurement()}));
  Measured endless{measurement()};
  endless.measurement.overhead_s = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(check_answer(measure, endless), ContainsSubstring("time of inf"));
  Measured nowhere{measurement()};
  nowhere.measurement.copy_to_bytes_per_s = -1.0;
  CHECK_THROWS_WITH(check_answer(measure, nowhere), ContainsSubstring("bytes a second"));
  CHECK_THROWS_AS(check_answer(AskParty{}, PartyAnswer{InputTensors{}, {}}), WireError);
  CHECK_THROWS_AS(check_answer(AskParty{}, PartyAnswer{Nodes{}, {1}}), WireError);
  const Recompute recompute{{OperatorKind::Scale, {4}, {2.0f}}, {4}};
  CHECK_NOTHROW(check_answer(recompute, Recomputed{{4}}));
  CHECK_THROWS_AS(check_answer(recompute, Recomputed{{5}}), WireError);
  CHECK_THROWS_AS(check_answer(recompute, Recomputed{{4, 4}}), WireError);
}
