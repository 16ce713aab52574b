#include "gpu_backend/worker/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

namespace assay::backend {
namespace {

constexpr std::size_t kParties = 2;

template <class Message>
Frame frame_of(const Message& message) {
  Frame frame;
  frame.kind = static_cast<std::uint16_t>(Message::kKind);
  frame.payload = encode(message);
  return frame;
}

/// The text without what no message may hold.
Frame refusal(RefusalReason reason, std::string text) {
  if (text.size() > kMaxText) text.resize(kMaxText);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = '?';
  }
  return frame_of(Refusal{reason, std::move(text)});
}

Descriptor share(const std::vector<Tensor>& tensors, std::vector<std::uint64_t>& sizes) {
  std::vector<std::span<const float>> spans;
  for (const Tensor& tensor : tensors) {
    sizes.push_back(tensor.size());
    spans.emplace_back(tensor);
  }
  return share_tensors(spans);
}

Descriptor share(const std::vector<State>& states, std::vector<std::uint64_t>& sizes) {
  std::vector<std::span<const float>> spans;
  for (const State& state : states) {
    for (const Value& tensor : state.tensors) {
      sizes.push_back(tensor.size());
      spans.emplace_back(tensor);
    }
  }
  return share_tensors(spans);
}

/// Before anything is trained that would not fit into an answer.
void require_room_for_states(const SegmentTask& task) {
  std::uint64_t floats = 0;
  for (const std::size_t size : state_sizes(workload(task.workload))) floats += size;
  const std::uint64_t most = kMaxTensorFloats / floats;
  const std::uint64_t found = segment_of(task).checkpoints();
  if (found <= most) return;
  throw std::invalid_argument(
      fmt::format("found {} states of {} to send back, expected at most {}: ask for a part of the "
                  "segment at a time",
                  found, task.workload, most));
}

/// A loss a step and a root a checkpoint must fit into one message.
void require_short_answer(const Segment& segment) {
  constexpr std::uint64_t kMost = kMaxPayload / 2;
  const std::uint64_t bytes = segment.steps * sizeof(float) + segment.checkpoints() * sizeof(Hash);
  if (bytes <= kMost) return;
  throw std::invalid_argument(
      fmt::format("found {} steps with {} checkpoints, whose answer has {} bytes, expected at most "
                  "{}",
                  segment.steps, segment.checkpoints(), bytes, kMost));
}

void require_no_tensors(const Frame& frame) {
  if (frame.tensors) throw WireError("found tensors with a request that takes none");
}

}  // namespace

Party& Service::party(const SegmentTask& task) {
  const std::string key = encode(task);
  const auto known = std::find_if(parties_.begin(), parties_.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  if (known != parties_.end()) {
    parties_.splice(parties_.begin(), parties_, known);
  } else {
    if (parties_.size() == kParties) parties_.pop_back();
    parties_.emplace_front(key, backend_.party(task));
  }
  return *parties_.front().second;
}

Frame Service::handle(const Describe& /*request*/, const Frame& frame) {
  require_no_tensors(frame);
  return frame_of(Description{backend_.describe()});
}

Frame Service::handle(const Measure& request, const Frame& frame) {
  require_no_tensors(frame);
  return frame_of(Measured{backend_.measure(request.task)});
}

Frame Service::handle(const RunSegment& request, const Frame& frame) {
  require_short_answer(segment_of(request.task));
  if (request.want_states) require_room_for_states(request.task);
  std::optional<SharedTensors> start;
  if (request.tensor_sizes.empty()) {
    require_no_tensors(frame);
  } else if (!frame.tensors) {
    throw WireError("found no tensors of the state to start from");
  } else {
    start.emplace(frame.tensors, request.tensor_sizes);
  }
  SegmentDone done;
  done.result = backend_.run_segment(
      request.task, start ? std::span<const Input>(start->tensors()) : std::span<const Input>(),
      request.want_states);
  Descriptor file;
  if (request.want_states) file = share(done.result.states, done.tensor_sizes);
  Frame reply = frame_of(done);
  reply.tensors = std::move(file);
  return reply;
}

Frame Service::handle(const AskParty& request, const Frame& frame) {
  require_no_tensors(frame);
  PartyAnswer answer;
  answer.reply = party(request.task).answer(request.request);
  Descriptor file;
  if (answer.reply) {
    if (const auto* opened = std::get_if<InputTensors>(&*answer.reply)) {
      file = share(opened->tensors, answer.tensor_sizes);
    }
  }
  Frame reply = frame_of(answer);
  reply.tensors = std::move(file);
  return reply;
}

Frame Service::handle(const Recompute& request, const Frame& frame) {
  const std::vector<std::size_t> expected = input_sizes(request.op);
  if (!std::equal(expected.begin(), expected.end(), request.tensor_sizes.begin(),
                  request.tensor_sizes.end())) {
    throw WireError(
        fmt::format("found inputs of other sizes than those of {}", name_of(request.op.kind)));
  }
  if (!frame.tensors) throw WireError("found no tensors to recompute from");
  std::uint64_t floats = 0;
  for (const std::size_t size : output_sizes(request.op)) floats += size;
  if (floats > kMaxTensorFloats) throw WireError("found an operator with too large outputs");
  const SharedTensors inputs(frame.tensors, request.tensor_sizes);
  Recomputed answer;
  Descriptor file = share(backend_.recompute(request.op, inputs.tensors()), answer.tensor_sizes);
  Frame reply = frame_of(answer);
  reply.tensors = std::move(file);
  return reply;
}

Frame Service::execute(const Frame& request) {
  switch (static_cast<MessageKind>(request.kind)) {
    case MessageKind::Describe:
      return handle(decode<Describe>(request.payload), request);
    case MessageKind::Measure:
      return handle(decode<Measure>(request.payload), request);
    case MessageKind::RunSegment:
      return handle(decode<RunSegment>(request.payload), request);
    case MessageKind::AskParty:
      return handle(decode<AskParty>(request.payload), request);
    case MessageKind::Recompute:
      return handle(decode<Recompute>(request.payload), request);
    default:
      throw WireError(fmt::format("found a message of kind {}, which is no request", request.kind));
  }
}

Frame Service::answer(const Frame& request) {
  Frame reply;
  try {
    reply = execute(request);
  } catch (const WireError& error) {
    reply = refusal(RefusalReason::BadRequest, error.what());
  } catch (const std::invalid_argument& error) {
    reply = refusal(RefusalReason::WrongInput, error.what());
  } catch (const std::bad_alloc& error) {
    parties_.clear();  // so that the next request has room
    reply = refusal(RefusalReason::OutOfMemory, fmt::format("out of memory: {}", error.what()));
  } catch (const std::exception& error) {
    reply = refusal(RefusalReason::Failed, error.what());
  }
  reply.request = request.request;
  return reply;
}

bool serve(Channel& channel, Service& service) {
  try {
    while (const std::optional<Frame> request = channel.receive({})) {
      channel.send(service.answer(*request), {});
    }
    return true;
  } catch (const ChannelClosed&) {
    return true;  // whoever asked does not want the answer any more
  } catch (const WireError& error) {
    try {
      channel.send(refusal(RefusalReason::BadRequest, error.what()), {});
    } catch (const std::exception&) {
      return false;  // nobody listens
    }
    return false;
  }
}

}  // namespace assay::backend
