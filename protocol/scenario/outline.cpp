#include "protocol/scenario/outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/scenario/choice.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/quantity_fields.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::protocol {
namespace {

/// Notes every key and visits every kind of every choice.
class Outliner final : public QuantityFields<Outliner> {
 public:
  [[nodiscard]] std::vector<KeyDoc> take_keys() { return std::move(keys_); }

  template <class Q>
  void quantity(Name name, Q& value, Range<Q> allowed, Doc doc, Presence presence) {
    KeyDoc& key = add(name, doc, presence);
    key.type = expectation(notation<Q>());
    key.allowed = fmt::format("{} to {}", to_text(allowed.low), to_text(allowed.high));
    if (!key.required) key.fallback = to_text(value);
  }

  using QuantityFields::operator();
  void operator()(Name name, bool& value, Doc doc, Presence presence) override {
    KeyDoc& key = add(name, doc, presence);
    key.type = "true or false";
    if (!key.required) key.fallback = value ? "true" : "false";
  }
  void operator()(Name name, std::string& value, Doc doc, Presence presence) override {
    KeyDoc& key = add(name, doc, presence);
    key.type = name == "name" ? "a name of lower-case letters, digits and hyphens" : "a text";
    if (!key.required) key.fallback = value;
  }
  void operator()(Name name, std::string& value, std::span<const std::string_view> words, Doc doc,
                  Presence presence) override {
    KeyDoc& key = add(name, doc, presence);
    key.type = either(std::vector<std::string>(words.begin(), words.end()));
    if (!key.required) key.fallback = value;
  }
  void operator()(Name name, FilePath& value, Doc doc, Presence presence) override {
    KeyDoc& key = add(name, doc, presence);
    key.type = "a file, relative to the scenario's folder";
    if (!key.required) key.fallback = value.as_written;
  }
  void operator()(Name name, Mix& value, Doc doc, Presence presence) override {
    KeyDoc& key = add(name, doc, presence);
    key.type = "a name, or names with shares that sum to 100 %";
    for (const Mix::Part& part : value.parts) {
      if (!key.fallback.empty()) key.fallback += ", ";
      key.fallback += fmt::format("{}: {}", part.name, to_text(part.share));
    }
  }
  void operator()(Name name, ChoiceBase& value, Doc doc, Presence presence) override {
    KeyDoc& key = add(name, doc, presence);
    const std::vector<ChoiceBase::Kind> kinds = value.kinds();
    key.type = fmt::format("a kind of {}, alone or as a map with its parameters", value.family());
    key.family = value.family();
    if (!key.required) key.fallback = value.kind();
    for (const ChoiceBase::Kind& kind : kinds) {
      key.kinds.push_back(KeyDoc::Kind{std::string(kind.kind), std::string(kind.summary)});
    }
    const std::string outer_prefix = prefix_;
    const std::string outer_kind = kind_;
    prefix_ += std::string(name) + ".";
    for (const ChoiceBase::Kind& kind : kinds) {
      kind_ = kind.kind;
      value.choose(kind.kind);
      value.describe(*this);
    }
    prefix_ = outer_prefix;
    kind_ = outer_kind;
  }

 protected:
  bool begin_when(bool /*applies*/) override {
    ++conditions_;
    return true;
  }
  void end_when() override { --conditions_; }
  void begin_map(Name name, Doc doc, Presence presence) override {
    add(name, doc, presence).type = "a map";
    prefixes_.push_back(prefix_);
    prefix_ += std::string(name) + ".";
  }
  void end_map() override {
    prefix_ = prefixes_.back();
    prefixes_.pop_back();
  }
  void list(Name name, ListBase& value, Doc doc, Presence presence) override {
    add(name, doc, presence).type = "a list of maps";
    prefixes_.push_back(prefix_);
    prefix_ += std::string(name) + "[].";
    const std::size_t entry = value.size();
    value.append();
    value.describe(entry, *this);
    end_map();
  }

 private:
  KeyDoc& add(Name name, Doc doc, Presence presence) {
    KeyDoc key;
    key.path = prefix_ + std::string(name);
    key.kind = kind_;
    key.meaning = doc;
    key.required = presence == Presence::Required;
    key.conditional = conditions_ > 0;
    keys_.push_back(std::move(key));
    return keys_.back();
  }

  std::vector<KeyDoc> keys_;
  std::string prefix_;
  std::string kind_;
  std::vector<std::string> prefixes_;
  int conditions_ = 0;
};

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = path.find('.');
    out.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return out;
    path.remove_prefix(end + 1);
  }
}

/// Whether the words of a question name the path: an entry of a list may be named or left out.
bool names(std::span<const std::string> asked, std::span<const std::string> path) {
  if (asked.empty() || path.empty()) return asked.empty() && path.empty();
  std::string_view step = path.front();
  const bool list = step.ends_with("[]");
  if (list) step.remove_suffix(2);
  std::string_view word = asked.front();
  word = word.substr(0, word.find('['));
  if (word != step) return false;
  return names(asked.subspan(1), path.subspan(1)) ||
         (list && asked.size() > 1 && names(asked.subspan(2), path.subspan(1)));
}

std::string last_word(const KeyDoc& key) { return segments(key.path).back(); }

std::string one_key(const KeyDoc& key) {
  std::string text = key.path;
  if (!key.kind.empty()) text += fmt::format("  (kind: {})", key.kind);
  text += fmt::format("\n  {}\n  type     {}\n", key.meaning, key.type);
  if (!key.allowed.empty()) text += fmt::format("  range    {}\n", key.allowed);
  const char* where = key.conditional ? " where it applies" : "";
  if (key.required) {
    text += fmt::format("  required{}\n", where);
  } else if (key.fallback.empty()) {
    text += fmt::format("  optional{}\n", where);
  } else {
    text += fmt::format("  default  {}{}\n", key.fallback, where);
  }
  for (const KeyDoc::Kind& kind : key.kinds) {
    text += fmt::format("  kind     {:<22} {}\n", kind.name, kind.summary);
  }
  return text;
}

/// The keys right below `path`, of one kind or of all, as a table.
std::string keys_below(const std::vector<KeyDoc>& keys, const std::string& path,
                       const std::string* kind) {
  std::string text;
  for (const KeyDoc& key : keys) {
    const std::size_t cut = key.path.rfind('.');
    if (cut == std::string::npos || (kind != nullptr && key.kind != *kind)) continue;
    const std::string parent = key.path.substr(0, cut);
    if (parent != path && parent != path + "[]") continue;
    const std::string value = key.required           ? "required"
                              : key.fallback.empty() ? "optional"
                                                     : "default " + key.fallback;
    text += fmt::format("  key      {:<22} {} ({})\n", last_word(key), key.meaning, value);
  }
  return text;
}

std::string one_kind(const std::vector<KeyDoc>& keys, const KeyDoc& choice,
                     const KeyDoc::Kind& kind) {
  return fmt::format("{}: {{kind: {}}}\n  {}\n{}", choice.path, kind.name, kind.summary,
                     keys_below(keys, choice.path, &kind.name));
}

}  // namespace

std::vector<KeyDoc> outline_map(const std::function<void(Fields&)>& describe) {
  Outliner outliner;
  describe(outliner);
  return outliner.take_keys();
}

std::vector<KeyDoc> find_keys(const std::vector<KeyDoc>& keys, std::string_view path) {
  std::vector<KeyDoc> found;
  for (const KeyDoc& key : keys) {
    if (names(segments(path), segments(key.path))) found.push_back(key);
  }
  return found;
}

Result<std::string, std::string> explain(const std::vector<KeyDoc>& keys, std::string_view asked) {
  const std::vector<std::string> words = segments(asked);
  std::vector<std::string> found;
  std::vector<std::string> known;  // for the nearest name
  for (const KeyDoc& key : keys) {
    const std::vector<std::string> path = segments(key.path);
    std::string plain = key.path;
    for (std::size_t at = plain.find("[]"); at != std::string::npos; at = plain.find("[]")) {
      plain.erase(at, 2);
    }
    known.push_back(plain);
    if (names(words, path)) {
      std::string text = one_key(key);
      // A kind's keys stand with the kind; the keys of a plain map or list with it.
      if (key.kinds.empty()) text += keys_below(keys, key.path, nullptr);
      found.push_back(std::move(text));
    }
    for (const KeyDoc::Kind& kind : key.kinds) {
      known.push_back(kind.name);
      std::vector<std::string> full = path;
      full.push_back(kind.name);
      if (names(words, full)) found.push_back(one_kind(keys, key, kind));
    }
  }
  // A word alone may be a kind, a family, or the end of a path.
  for (const KeyDoc& key : keys) {
    if (!found.empty() && words.size() > 1) break;
    if (names(words, segments(key.path))) continue;
    for (const KeyDoc::Kind& kind : key.kinds) {
      if (kind.name == asked) found.push_back(one_kind(keys, key, kind));
    }
    if ((!key.family.empty() && key.family == asked) || last_word(key) == asked) {
      found.push_back(one_key(key));
    }
    known.push_back(last_word(key));
  }
  if (found.empty()) {
    return refuse(fmt::format("{}: found no such key, family or kind{}", shown(asked),
                              did_you_mean(asked, known)));
  }
  std::string text;
  for (const std::string& part : found) text += (text.empty() ? "" : "\n") + part;
  return text;
}

Result<std::string, std::string> list_families(const std::vector<KeyDoc>& keys,
                                               std::string_view family) {
  std::string text;
  std::vector<std::string> families;
  for (const KeyDoc& key : keys) {
    if (key.family.empty() ||
        std::find(families.begin(), families.end(), key.family) != families.end()) {
      continue;
    }
    families.push_back(key.family);
    if (!family.empty() && key.family != family) continue;
    for (const KeyDoc::Kind& kind : key.kinds) {
      text += fmt::format("{:<14} {:<22} {}\n", key.family, kind.name, kind.summary);
    }
  }
  if (!family.empty() && std::find(families.begin(), families.end(), family) == families.end()) {
    return refuse(fmt::format("{}: found no such family, expected {}{}", shown(family),
                              either(families), did_you_mean(family, families)));
  }
  return text;
}

}  // namespace assay::protocol
