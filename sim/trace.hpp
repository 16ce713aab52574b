#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string_view>
#include <variant>

#include "sim/time.hpp"

namespace assay::sim {

/// A line of the timeline that the viewer draws: a thread of a process, in its words. For us a
/// process is a kind (providers, jobs) and a thread one of that kind.
struct TraceTrack {
  std::uint32_t process = 0;
  std::uint64_t thread = 0;
};

/// A named fact about an event, shown when it is clicked on.
struct TraceArgument {
  std::string_view name;
  std::variant<std::int64_t, double, std::string_view> value;
};
using TraceArguments = std::initializer_list<TraceArgument>;

/// Writes what happened as Chrome trace events, which ui.perfetto.dev and chrome://tracing draw as
/// a timeline. Everything goes straight to the stream, which must outlive the trace; the text is
/// whole JSON once `finish` or the destructor has run, however early the run ended. Text that is
/// not UTF-8 is written with U+FFFD in the place of its broken bytes, and a number that JSON cannot
/// say (NaN, infinity) as text. Times are printed in microseconds, exactly to the nanosecond.
/// Format: "Trace Event Format", the Chromium project, 2016.
class Trace {
 public:
  explicit Trace(std::ostream& out);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// The names that the viewer shows for a process and for a track.
  void name_process(std::uint32_t process, std::string_view name);
  void name_track(TraceTrack track, std::string_view name);

  /// Something that lasted from `begin` to `end`, not before it.
  void complete(TraceTrack track, std::string_view name, SimTime begin, SimTime end,
                TraceArguments arguments = {});
  /// Something that happened at one moment.
  void instant(TraceTrack track, std::string_view name, SimTime at, TraceArguments arguments = {});
  /// A number that has the value `value` from `at` on, drawn as an area.
  void counter(std::uint32_t process, std::string_view name, SimTime at, std::int64_t value);

  /// Closes the JSON; nothing can be recorded afterwards. A second call does nothing.
  void finish();

 private:
  void begin_event(char phase, std::string_view name, TraceTrack track);
  void put_text(std::string_view text);
  void put_time(std::string_view key, SimDuration time);
  void put_arguments(TraceArguments arguments);
  void put_name(std::string_view kind, TraceTrack track, std::string_view name);

  std::ostream& out_;
  bool first_ = true;
  bool open_ = true;
};

}  // namespace assay::sim
