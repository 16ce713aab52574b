#include <random>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/gpu_backend/worker/fake_worker.hpp"

using namespace assay::backend;

namespace {

constexpr int kMessages = 100'000;

/// Bytes changed, cut off, doubled or put in at random places; sometimes only noise.
std::string mutated(std::string bytes, std::mt19937_64& random) {
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  if (below(8) == 0) {
    bytes.resize(below(200));
    for (char& c : bytes) c = static_cast<char>(random());
    return bytes;
  }
  for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(5)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.insert(at, bytes.substr(at));
        break;
      case 2:
        bytes.insert(at, std::string(1 + below(8), static_cast<char>(random())));
        break;
      case 3:
        if (at < bytes.size()) bytes[at] = static_cast<char>(1 << below(8) ^ bytes[at]);
        break;
      default:
        // Lengths and counts: the values where something could overflow.
        for (std::size_t i = at; i < std::min(at + 4, bytes.size()); ++i) bytes[i] = '\xff';
    }
    if (bytes.size() > 4096) bytes.resize(4096);
  }
  return bytes;
}

SegmentTask task() {
  SegmentTask task;
  task.workload = "mlp-tiny";
  task.steps = 4;
  task.interval = 2;
  task.cheat_step = 1;
  return task;
}

MeasureTask measuring() {
  MeasureTask task;
  task.workload = "mlp-tiny";
  task.steps = 4;
  return task;
}

Measurement measurement() {
  Measurement measured;
  measured.step_s = {0.1, 0.2, 0.3, 0.4};
  measured.losses = {1.f, 2.f, 3.f, 4.f};
  return measured;
}

/// The sizes of the tensors of the two states that `task` ends its intervals with.
std::vector<std::uint64_t> two_states() {
  const auto one = state_sizes(workload("mlp-tiny"));
  std::vector<std::uint64_t> sizes(one.begin(), one.end());
  sizes.insert(sizes.end(), one.begin(), one.end());
  return sizes;
}

/// The root over the checkpoints of `task` where both are zeros.
Hash two_hashes() { return checkpoints_root(segment_of(task()), {Hash{}, Hash{}}); }

SegmentDone segment_done(const Hash& root, std::vector<std::uint64_t> sizes) {
  SegmentDone done;
  done.result.claim = {root, {Hash{}, Hash{}}, {0.f, 0.f, 0.f, 0.f}};
  done.result.seconds = 1.0;
  done.tensor_sizes = std::move(sizes);
  return done;
}

template <class Message>
std::pair<std::uint16_t, std::string> seed_of(const Message& message) {
  return {static_cast<std::uint16_t>(Message::kKind), encode(message)};
}

std::vector<std::pair<std::uint16_t, std::string>> requests() {
  return {seed_of(Describe{}),
          seed_of(Measure{measuring()}),
          seed_of(RunSegment{task()}),
          seed_of(RunSegment{task(), true, {}}),
          seed_of(RunSegment{task(), true, {22}}),
          seed_of(AskParty{task(), CommitSteps{0}}),
          seed_of(AskParty{task(), Descend{TreeKind::Steps, 0, 1, 0, 1}}),
          seed_of(AskParty{task(), OpenInputs{1, 2}}),
          seed_of(Recompute{{OperatorKind::Linear, {2, 3, 4}, {}}, {6, 12, 4}})};
}

std::vector<std::pair<std::uint16_t, std::string>> answers() {
  const ProvenRecord proven{1, {Hash{}, {Hash{}, Hash{}}, {Hash{}}}, {Hash{}}};
  return {seed_of(Refusal{RefusalReason::Failed, "no"}),
          seed_of(Description{{"a", "b", 1, 2}}),
          seed_of(Measured{measurement()}),
          seed_of(segment_done(Hash{}, {})),
          seed_of(segment_done(two_hashes(), two_states())),
          seed_of(PartyAnswer{StepsCommitment{Hash{}, {Hash{}}}, {}}),
          seed_of(PartyAnswer{TraceCommitment{Hash{}, {Hash{}}, {Hash{}}, proven}, {}}),
          seed_of(PartyAnswer{OperatorOpening{proven.record, {proven, proven}}, {}}),
          seed_of(PartyAnswer{InputTensors{}, {2, 1}}),
          seed_of(Recomputed{{8}})};
}

/// Whether an answer of a worker is one that the simulator takes or says no to.
template <class Request>
void take(const Request& request, std::uint16_t kind, const std::string& bytes, int& taken) {
  using Answer = typename Request::Answer;
  if (kind != static_cast<std::uint16_t>(Answer::kKind)) return;
  try {
    const auto answer = decode<Answer>(bytes);
    REQUIRE(encode(answer) == bytes);
    check_answer(request, answer);
    ++taken;
  } catch (const WireError&) {
  }
}

}  // namespace

TEST_CASE("a worker answers 100,000 mutated requests or says no", "[gpu_backend]") {
  std::mt19937_64 random(5);
  InstantBackend instant;
  Service service(instant);
  const auto seeds = requests();
  const std::vector<float> values(22, 1.0f);
  const std::vector<std::span<const float>> tensors{values};
  int refused = 0;
  int answered = 0;
  for (int i = 0; i < kMessages; ++i) {
    const auto& [kind, bytes] = seeds[static_cast<std::size_t>(i) % seeds.size()];
    Frame request;
    request.request = static_cast<std::uint32_t>(i);
    request.kind = random() % 16 == 0 ? static_cast<std::uint16_t>(random() % 40) : kind;
    request.payload = random() % 16 == 0 ? bytes : mutated(bytes, random);
    if (kind == static_cast<std::uint16_t>(MessageKind::Recompute) || random() % 64 == 0) {
      request.tensors = share_tensors(tensors);
    }
    const Frame answer = service.answer(request);
    REQUIRE(answer.request == request.request);
    if (answer.kind == static_cast<std::uint16_t>(MessageKind::Refusal)) {
      REQUIRE(!decode<Refusal>(answer.payload).text.empty());
      ++refused;
    } else {
      ++answered;
    }
  }
  // Both happen often, or the messages would test little.
  CHECK(refused > kMessages / 4);
  CHECK(answered > kMessages / 20);
}

TEST_CASE("the simulator takes 100,000 mutated answers or says no", "[gpu_backend]") {
  std::mt19937_64 random(6);
  const auto seeds = answers();
  int taken = 0;
  for (int i = 0; i < kMessages; ++i) {
    const auto& [kind, bytes] = seeds[static_cast<std::size_t>(i) % seeds.size()];
    const std::string changed = random() % 16 == 0 ? bytes : mutated(bytes, random);
    take(Describe{}, kind, changed, taken);
    take(Measure{measuring()}, kind, changed, taken);
    take(RunSegment{task()}, kind, changed, taken);
    take(RunSegment{task(), true, {}}, kind, changed, taken);
    take(AskParty{task(), OpenInputs{1, 2}}, kind, changed, taken);
    take(Recompute{{OperatorKind::Linear, {2, 3, 4}, {}}, {6, 12, 4}}, kind, changed, taken);
  }
  CHECK(taken > kMessages / 50);
  CHECK(taken < kMessages / 2);
}

TEST_CASE("whole frames of noise end a connection and nothing else", "[gpu_backend]") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2'000; ++i) {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    Channel channel{Descriptor(ends[0])};
    Descriptor theirs(ends[1]);
    // A right frame first, so that the mutation finds something to break.
    const auto seeds = requests();
    const auto& [kind, payload] = seeds[static_cast<std::size_t>(i) % seeds.size()];
    std::string bytes("ASSY");
    bytes += encode(std::vector<std::uint16_t>{kProtocolVersion, kind}).substr(4);
    bytes += encode(std::vector<std::uint32_t>{1, static_cast<std::uint32_t>(payload.size()), 0})
                 .substr(4);
    bytes = mutated(bytes + payload, random);
    REQUIRE(::write(theirs.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
    REQUIRE(::shutdown(theirs.get(), SHUT_WR) == 0);
    InstantBackend instant;
    Service service(instant);
    static_cast<void>(serve(channel, service));
  }
  SUCCEED("every connection came to its end");
}

TEST_CASE("a worker of noise costs the simulator an error each time", "[gpu_backend]") {
  std::mt19937_64 random(8);
  const auto seeds = answers();
  std::size_t at = 0;
  const FakeWorker fake([&](const Frame& request) {
    const auto& [kind, bytes] = seeds[at++ % seeds.size()];
    Frame frame;
    frame.kind = kind;
    frame.request = random() % 8 == 0 ? static_cast<std::uint32_t>(random()) : request.request;
    frame.payload = mutated(bytes, random);
    return frame;
  });
  int failed = 0;
  WorkerClient worker(fake.terms());
  for (int i = 0; i < 2'000; ++i) {
    try {
      static_cast<void>(worker.ask(RunSegment{task()}));
    } catch (const WorkerError&) {
      ++failed;
    }
  }
  CHECK(failed == 2'000);  // no mutation finds a SHA-256 root
}
