#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "gpu_backend/worker/descriptor.hpp"

namespace assay::backend {

/// Raised with every change of a message's form; both sides refuse another version.
inline constexpr std::uint16_t kProtocolVersion = 3;
/// The longest message, without the tensors, which lie in shared memory.
inline constexpr std::uint32_t kMaxPayload = 16u << 20;

/// When waiting ends; none: never.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;
[[nodiscard]] Deadline deadline_in(std::chrono::duration<double> span);

/// A connection to a Unix socket on which somebody listens. Throws std::runtime_error.
[[nodiscard]] Descriptor connect_to(const std::string& path);

/// One message on its way: what it is, to which request it belongs, its fields, and the file that
/// its tensors are in, if it has any.
struct Frame {
  std::uint16_t kind = 0;
  std::uint32_t request = 0;
  std::string payload;
  Descriptor tensors;
};

/// The other side is gone: its end was closed, perhaps in the middle of a message.
class ChannelClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The deadline came before the message.
class ChannelTimeout : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Frames over a Unix socket, or over a pair of pipes, which carry no tensors. A frame is 20 bytes
/// (`ASSY`, version, kind, request, length of the payload, whether tensors come along) and the
/// payload. Nothing that arrives is believed before it was checked, and no more is ever read or
/// allocated than the checked length says.
class Channel {
 public:
  explicit Channel(Descriptor socket);
  Channel(Descriptor in, Descriptor out);

  /// Throws ChannelClosed and ChannelTimeout; WireError where the frame is too large to be sent.
  void send(const Frame& frame, const Deadline& deadline);
  /// The next frame, or nothing where the other side has ended between two frames. Throws
  /// ChannelClosed where it ended within one, ChannelTimeout, and WireError for what is no frame.
  [[nodiscard]] std::optional<Frame> receive(const Deadline& deadline);

 private:
  [[nodiscard]] std::size_t read_some(char* to, std::size_t most, Descriptor& tensors,
                                      const Deadline& deadline);
  Descriptor in_;
  Descriptor out_;  // none: `in_` is a socket that goes both ways
};

}  // namespace assay::backend
