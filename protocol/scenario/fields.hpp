#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "protocol/scenario/quantities.hpp"

namespace assay::protocol {

/// The values a key may have, both ends included.
template <class T>
struct Range {
  T low;
  T high;
};
template <class T>
[[nodiscard]] constexpr Range<T> range(T low, T high) {
  return {low, high};
}

/// A file named in a scenario, relative to the scenario's folder; the reader resolves and checks
/// it.
struct FilePath {
  std::string as_written;
  std::string resolved;
};

/// `{RTX 3060: 30 %, RTX 4090: 70 %}`: names with shares that sum to one (a list of the pairs, in
/// the order of the file). A bare name is that name with a share of one.
struct Mix {
  struct Part {
    std::string name;
    Share share;
  };
  std::vector<Part> parts;
};

/// Whether a key may be left out. An optional key keeps its initialiser as default.
enum class Presence : std::uint8_t { Optional, Required };
inline constexpr Presence kRequired = Presence::Required;

class ListBase;
class ChoiceBase;
class Fields;

/// A struct of parameters; a choice has `describe` too, and is visited as itself.
template <class S>
concept Described = requires(S s, Fields& f) {
  s.describe(f);
}
&&!std::is_convertible_v<S*, ChoiceBase*>;

/// What visits the parameters of a struct. A parameter struct has one function,
/// `void describe(Fields& field)`, that names each member once with its key, range and meaning; its
/// unit is its type and its default the member's initialiser. Reading YAML, printing
/// `effective.yaml`, the JSON Schema and `assay explain` are visitors over it.
///
///     struct Params {
///       Share rate = percent(5);
///       int segments = 3;
///       void describe(Fields& field) {
///         field("rate", rate, range(percent(0), percent(100)), "Probability that a task is
///         audited."); field("segments", segments, range(1, 1'000'000), "Segments re-executed per
///         audit.");
///       }
///     };
class Fields {
 public:
  using Name = std::string_view;
  using Doc = std::string_view;
  virtual ~Fields() = default;

  virtual void operator()(Name, bool&, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, std::int64_t&, Range<std::int64_t>, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, double&, Range<double>, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, Share&, Range<Share>, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, sim::SimDuration&, Range<sim::SimDuration>, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, Tokens&, Range<Tokens>, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, Usd&, Range<Usd>, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, UsdPerHour&, Range<UsdPerHour>, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, UsdPerKwh&, Range<UsdPerKwh>, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, TokenPrice&, Range<TokenPrice>, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, Bytes&, Range<Bytes>, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, BytesPerSecond&, Range<BytesPerSecond>, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, Watts&, Range<Watts>, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, std::string&, Doc, Presence = Presence::Optional) = 0;
  /// One of the given words.
  virtual void operator()(Name, std::string&, std::span<const std::string_view> words, Doc,
                          Presence = Presence::Optional) = 0;
  virtual void operator()(Name, FilePath&, Doc, Presence = Presence::Optional) = 0;
  virtual void operator()(Name, Mix&, Doc, Presence = Presence::Optional) = 0;

  /// `int` is read as int64 and always fits its range.
  void operator()(Name name, int& value, Range<int> allowed, Doc doc,
                  Presence presence = Presence::Optional) {
    std::int64_t wide = value;
    (*this)(name, wide, Range<std::int64_t>{allowed.low, allowed.high}, doc, presence);
    value = static_cast<int>(wide);
  }
  /// One of the given words, which name the enumerators of `E` in their order.
  template <class E>
  requires std::is_enum_v<E>
  void operator()(Name name, E& value, std::span<const std::string_view> words, Doc doc,
                  Presence presence = Presence::Optional) {
    std::string word(words[static_cast<std::size_t>(value)]);
    (*this)(name, word, words, doc, presence);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == word) value = static_cast<E>(i);
    }
  }
  /// Keys that belong to the struct only where `applies`: a requester has no hardware. Elsewhere
  /// they are unknown keys; a visitor that describes every key visits them all the same.
  template <class Body>
  void when(bool applies, Body body) {
    if (!begin_when(applies)) return;
    body();
    end_when();
  }
  /// A nested map whose struct has `describe(Fields&)`.
  template <Described S>
  void operator()(Name name, S& nested, Doc doc, Presence presence = Presence::Optional) {
    begin_map(name, doc, presence);
    nested.describe(*this);
    end_map();
  }
  /// A list of maps; entries that have a `name` are addressed by it.
  template <Described S>
  void operator()(Name name, std::vector<S>& list, Doc doc, Presence presence = Presence::Optional);
  /// A member of a mechanism family: `{kind: spot-check, rate: 5 %}`, or a bare kind with defaults.
  virtual void operator()(Name, ChoiceBase&, Doc, Presence = Presence::Optional) = 0;

 protected:
  virtual void begin_map(Name, Doc, Presence) = 0;
  virtual void end_map() = 0;
  virtual bool begin_when(bool applies) { return applies; }
  virtual void end_when() {}
  virtual void list(Name, ListBase&, Doc, Presence) = 0;
};

/// A list as a visitor sees it.
class ListBase {
 public:
  virtual ~ListBase() = default;
  [[nodiscard]] virtual std::size_t size() const = 0;
  virtual void append() = 0;
  virtual void describe(std::size_t entry, Fields&) = 0;
};

template <class S>
class ListOf final : public ListBase {
 public:
  explicit ListOf(std::vector<S>& entries) : entries_(entries) {}
  [[nodiscard]] std::size_t size() const override { return entries_.size(); }
  void append() override { entries_.push_back(S{}); }
  void describe(std::size_t entry, Fields& field) override { entries_[entry].describe(field); }

 private:
  std::vector<S>& entries_;
};

template <Described S>
void Fields::operator()(Name name, std::vector<S>& entries, Doc doc, Presence presence) {
  ListOf<S> view(entries);
  list(name, view, doc, presence);
}

}  // namespace assay::protocol
