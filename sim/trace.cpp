#include "sim/trace.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ostream>
#include <string>

#include "sim/check.hpp"

namespace assay::sim {
namespace {

/// The length of the UTF-8 sequence at the start of `text`, or 0 where it is broken. Overlong
/// forms, surrogates and numbers above U+10FFFF count as broken (Unicode, table 3-7).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

Trace::Trace(std::ostream& out) : out_(out) {
  out_ << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
}

Trace::~Trace() {
  try {
    finish();
  } catch (...) {
    // The stream throws because its disk is full, say; a destructor must not.
  }
}

void Trace::finish() {
  if (!open_) return;
  open_ = false;
  out_ << "\n]}\n";
  out_.flush();
}

void Trace::name_process(std::uint32_t process, std::string_view name) {
  put_name("process_name", {process, 0}, name);
}

void Trace::name_track(TraceTrack track, std::string_view name) {
  put_name("thread_name", track, name);
}

void Trace::put_name(std::string_view kind, TraceTrack track, std::string_view name) {
  begin_event('M', kind, track);
  put_arguments({{"name", name}});
  out_ << '}';
}

void Trace::complete(TraceTrack track, std::string_view name, SimTime begin, SimTime end,
                     TraceArguments arguments) {
  SIM_CHECK(end >= begin);
  begin_event('X', name, track);
  put_time("ts", begin.time_since_epoch());
  put_time("dur", end - begin);
  put_arguments(arguments);
  out_ << '}';
}

void Trace::instant(TraceTrack track, std::string_view name, SimTime at, TraceArguments arguments) {
  begin_event('i', name, track);
  out_ << ",\"s\":\"t\"";
  put_time("ts", at.time_since_epoch());
  put_arguments(arguments);
  out_ << '}';
}

void Trace::counter(std::uint32_t process, std::string_view name, SimTime at, std::int64_t value) {
  begin_event('C', name, {process, 0});
  put_time("ts", at.time_since_epoch());
  put_arguments({{"value", value}});
  out_ << '}';
}

void Trace::begin_event(char phase, std::string_view name, TraceTrack track) {
  SIM_CHECK(open_);
  out_ << (first_ ? "\n" : ",\n") << "{\"ph\":\"" << phase << "\",\"name\":";
  first_ = false;
  put_text(name);
  out_ << ",\"pid\":" << track.process << ",\"tid\":" << track.thread;
}

void Trace::put_text(std::string_view text) {
  out_ << '"';
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out_ << "\\ufffd";
    } else if (first == '"' || first == '\\') {
      out_ << '\\' << text.front();
    } else if (first < 0x20) {
      out_ << fmt::format("\\u{:04x}", static_cast<unsigned>(first));
    } else {
      out_ << text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out_ << '"';
}

void Trace::put_time(std::string_view key, SimDuration time) {
  SIM_CHECK(time >= SimDuration::zero());
  out_ << fmt::format(",\"{}\":{}.{:03}", key, time.count() / 1000, time.count() % 1000);
}

void Trace::put_arguments(TraceArguments arguments) {
  if (arguments.size() == 0) return;
  out_ << ",\"args\":{";
  const char* separator = "";
  for (const TraceArgument& argument : arguments) {
    out_ << separator;
    separator = ",";
    put_text(argument.name);
    out_ << ':';
    if (const auto* whole = std::get_if<std::int64_t>(&argument.value)) {
      out_ << *whole;
    } else if (const auto* number = std::get_if<double>(&argument.value)) {
      const std::string text = fmt::format("{}", *number);
      if (std::isfinite(*number)) {
        out_ << text;
      } else {
        put_text(text);
      }
    } else {
      put_text(std::get<std::string_view>(argument.value));
    }
  }
  out_ << '}';
}

}  // namespace assay::sim
