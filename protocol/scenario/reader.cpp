#include "protocol/scenario/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "protocol/scenario/choice.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/quantity_fields.hpp"
#include "protocol/scenario/units.hpp"
#include "protocol/scenario/yaml_words.hpp"
#include "sim/check.hpp"

namespace assay::protocol {
namespace {

/// Whether YAML readers take a word for text rather than for a number, a truth or nothing.
bool is_plain_text(const Node& node) {
  return !is_no_text(node.word) && !parse<double>(node.word).has_value();
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::vector<std::string> strings(std::span<const std::string_view> words) {
  return {words.begin(), words.end()};
}

template <class Q>
std::string span_text(Range<Q> allowed) {
  return fmt::format("{} to {}", to_text(allowed.low), to_text(allowed.high));
}

std::string meant(const std::optional<std::string>& nearest) {
  return nearest ? fmt::format(" (did you mean '{}'?)", *nearest) : "";
}

class Reader final : public QuantityFields<Reader> {
 public:
  Reader(const Node& root, Reading& reading);
  /// Complains about the keys that nobody asked for; the last act of reading.
  void finish();

  template <class Q>
  void quantity(Name name, Q& value, Range<Q> allowed, Doc doc, Presence presence);

  using QuantityFields::operator();
  void operator()(Name, bool&, Doc, Presence) override;
  void operator()(Name, std::string&, Doc, Presence) override;
  void operator()(Name, std::string&, std::span<const std::string_view> words, Doc,
                  Presence) override;
  void operator()(Name, FilePath&, Doc, Presence) override;
  void operator()(Name, Mix&, Doc, Presence) override;
  void operator()(Name, ChoiceBase&, Doc, Presence) override;

 protected:
  bool begin_when(bool applies) override;
  void begin_map(Name, Doc, Presence) override;
  void end_map() override;
  void list(Name, ListBase&, Doc, Presence) override;

 private:
  /// A map whose keys are being asked for.
  struct Frame {
    const Node* map;   ///< null: it was not written, or is no map; nothing is read
    std::string path;  ///< of its keys, with the point
    std::vector<std::string> names;
    bool unsure = false;  ///< a word on which other keys depend could not be read
  };

  void open(const Node* map, std::string path);
  void close();
  [[nodiscard]] std::string path_of(Name name) const;
  /// The value of a key; null where there is none or it is no `kind`, which is complained about
  /// unless it may be missing.
  const Node* take(Name name, Presence presence, const std::string& expected);
  const Node* take_word(Name name, Presence presence, const std::string& expected);
  void complain(const Node& node, Name name, const std::string& text);
  void read_share(const Node::Entry& entry, Name name, Mix& mix);

  Reading& reading_;
  std::vector<Frame> frames_;
};

Reader::Reader(const Node& root, Reading& reading) : reading_(reading) {
  reading_.places[""] = root.place;
  open(&root, "");
}

void Reader::finish() {
  close();
  SIM_CHECK(frames_.empty());
}

void Reader::open(const Node* map, std::string path) {
  frames_.push_back(Frame{map, std::move(path), {}});
}

void Reader::close() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame.map == nullptr) return;
  const std::string expected = either(frame.names);
  for (const Node::Entry& entry : frame.map->entries) {
    if (std::find(frame.names.begin(), frame.names.end(), entry.key) != frame.names.end()) continue;
    reading_.complaints.add(complaint_at(
        entry.place,
        fmt::format("{}{}: found an unknown key, expected {}{}", frame.path, shown(entry.key),
                    expected, did_you_mean(entry.key, frame.names))));
  }
}

std::string Reader::path_of(Name name) const { return frames_.back().path + std::string(name); }

void Reader::complain(const Node& node, Name name, const std::string& text) {
  if (node.kind == Node::Kind::Refused) return;
  reading_.complaints.add(complaint_at(node.place, path_of(name) + ": " + text));
}

const Node* Reader::take(Name name, Presence presence, const std::string& expected) {
  Frame& frame = frames_.back();
  frame.names.emplace_back(name);
  if (frame.map == nullptr) return nullptr;
  const Node::Entry* entry = frame.map->find(name);
  if (entry == nullptr) {
    if (presence == Presence::Required && !frame.unsure) {
      complain(*frame.map, name, "found nothing, expected " + expected);
    }
    return nullptr;
  }
  reading_.places[path_of(name)] = entry->value.place;
  return &entry->value;
}

const Node* Reader::take_word(Name name, Presence presence, const std::string& expected) {
  const Node* node = take(name, presence, expected);
  if (node == nullptr || node->kind == Node::Kind::Word) return node;
  complain(*node, name, fmt::format("found {}, expected {}", node->seen(), expected));
  return nullptr;
}

template <class Q>
void Reader::quantity(Name name, Q& value, Range<Q> allowed, Doc /*doc*/, Presence presence) {
  const Notation notation = protocol::notation<Q>();
  const Node* node = take_word(name, presence, expectation(notation));
  if (node == nullptr) return;
  const Result<Q, Misread> read = parse<Q>(node->word);
  if (!read) {
    complain(*node, name,
             fmt::format("found {}, expected {}{}", node->seen(), read.error().expected,
                         meant(read.error().nearest)));
  } else if (node->quoted && parse<double>(node->word)) {
    // A number in quotes is a text to every other reader of YAML.
    complain(*node, name,
             fmt::format("found the text \"{}\", expected {}, without quotes", node->seen(),
                         expectation(notation)));
  } else if (*read < allowed.low || *read > allowed.high) {
    complain(*node, name, fmt::format("found {}, expected {}", node->seen(), span_text(allowed)));
  } else {
    value = *read;
  }
}

void Reader::operator()(Name name, bool& value, Doc /*doc*/, Presence presence) {
  const Node* node = take_word(name, presence, "true or false");
  if (node == nullptr) return;
  if (node->quoted || (node->word != "true" && node->word != "false")) {
    const std::vector<std::string> words = {"true", "false"};
    return complain(*node, name,
                    fmt::format("found {}, expected true or false{}",
                                node->quoted ? "a text in quotes" : node->seen(),
                                did_you_mean(node->word, words)));
  }
  value = node->word == "true";
}

void Reader::operator()(Name name, std::string& value, Doc /*doc*/, Presence presence) {
  const Node* node = take_word(name, presence, "a text");
  if (node == nullptr) return;
  if (!node->quoted && !is_plain_text(*node)) {
    return complain(*node, name,
                    fmt::format("found {}, expected a text: put it in quotes", node->seen()));
  }
  if (name == "name" && !is_name(node->word)) {
    return complain(
        *node, name,
        fmt::format("found {}, expected lower-case letters, digits and hyphens", node->seen()));
  }
  value = node->word;
}

void Reader::operator()(Name name, std::string& value, std::span<const std::string_view> words,
                        Doc /*doc*/, Presence presence) {
  const std::vector<std::string> allowed = strings(words);
  const Node* node = take_word(name, presence, either(allowed));
  if (node == nullptr || std::find(allowed.begin(), allowed.end(), node->word) == allowed.end()) {
    frames_.back().unsure |= node != nullptr || presence == Presence::Required;
    if (node == nullptr) return;
    return complain(*node, name,
                    fmt::format("found {}, expected {}{}", node->seen(), either(allowed),
                                did_you_mean(node->word, allowed)));
  }
  value = node->word;
}

bool Reader::begin_when(bool applies) { return applies || frames_.back().unsure; }

void Reader::operator()(Name name, FilePath& value, Doc /*doc*/, Presence presence) {
  const Node* node = take_word(name, presence, "the name of a file");
  if (node == nullptr) return;
  if (node->word.empty() || node->word.find('\0') != std::string::npos) {
    return complain(*node, name,
                    fmt::format("found {}, expected the name of a file", node->seen()));
  }
  value.as_written = node->word;
  // An included file names its files from where it lies itself.
  const std::filesystem::path folder = node->place.line > 0
                                           ? std::filesystem::path(*node->place.file).parent_path()
                                           : reading_.folder;
  std::error_code error;
  const std::filesystem::path path =
      std::filesystem::absolute(folder / node->word, error).lexically_normal();
  if (error || !std::filesystem::is_regular_file(path, error)) {
    const bool there = std::filesystem::exists(path, error);
    return complain(
        *node, name,
        fmt::format("found {} ({}: {}), expected a file", node->seen(), shown(path.string()),
                    there ? "not a regular file" : "no such file"));
  }
  value.resolved = path.string();
  reading_.files.push_back(path);
}

void Reader::read_share(const Node::Entry& entry, Name name, Mix& mix) {
  const Node& node = entry.value;
  const std::string part = fmt::format("{}.{}", name, shown(entry.key));
  reading_.places[path_of(part)] = node.place;
  if (node.kind != Node::Kind::Word) {
    return complain(
        node, part,
        fmt::format("found {}, expected {}", node.seen(), expectation(notation<Share>())));
  }
  const Result<Share, Misread> share = parse<Share>(node.word);
  if (!share) {
    return complain(node, part,
                    fmt::format("found {}, expected {}{}", node.seen(), share.error().expected,
                                meant(share.error().nearest)));
  }
  if (*share < Share{} || *share > kWhole) {
    return complain(node, part, fmt::format("found {}, expected 0 % to 100 %", node.seen()));
  }
  mix.parts.push_back(Mix::Part{entry.key, *share});
}

void Reader::operator()(Name name, Mix& value, Doc /*doc*/, Presence presence) {
  const std::string expected = "a name, or names with shares that sum to 100 %";
  const Node* node = take(name, presence, expected);
  if (node == nullptr) return;
  Mix mix;
  if (node->kind == Node::Kind::Word && !node->word.empty()) {
    mix.parts.push_back(Mix::Part{node->word, kWhole});
    value = std::move(mix);
    return;
  }
  if (node->kind != Node::Kind::Map || node->entries.empty()) {
    return complain(*node, name, fmt::format("found {}, expected {}", node->seen(), expected));
  }
  for (const Node::Entry& entry : node->entries) read_share(entry, name, mix);
  if (mix.parts.size() < node->entries.size()) return;  // complained about
  // Each share is at most one and a file has fewer than 2^20 of them: the sum fits.
  std::int64_t sum = 0;
  for (const Mix::Part& part : mix.parts) sum += part.share.ppb;
  if (sum != kWholePpb) {
    return complain(
        *node, name,
        fmt::format("found shares that sum to {}, expected 100 %", to_text(Share{sum})));
  }
  value = std::move(mix);
}

void Reader::operator()(Name name, ChoiceBase& value, Doc /*doc*/, Presence presence) {
  std::vector<std::string> kinds;
  for (const ChoiceBase::Kind& kind : value.kinds()) kinds.emplace_back(kind.kind);
  const std::string expected = either(kinds);
  const Node* node = take(name, presence, expected);
  if (node == nullptr) return;
  if (node->kind != Node::Kind::Word && node->kind != Node::Kind::Map) {
    return complain(*node, name, fmt::format("found {}, expected {}", node->seen(), expected));
  }
  // The kind is the word itself, the map's key `kind`, or the word that the map was laid over.
  const Node::Entry* entry = node->find("kind");
  const Node& kind = entry != nullptr ? entry->value : *node;
  const std::string key =
      node->kind == Node::Kind::Map ? std::string(name) + ".kind" : std::string(name);
  if (entry != nullptr) reading_.places[path_of(key)] = kind.place;
  if (kind.word.empty() || (entry != nullptr && kind.kind != Node::Kind::Word)) {
    return complain(kind, key,
                    fmt::format("found {}, expected {}",
                                entry != nullptr ? kind.seen() : std::string("nothing"), expected));
  }
  if (std::find(kinds.begin(), kinds.end(), kind.word) == kinds.end()) {
    return complain(kind, key,
                    fmt::format("found {}, expected {}{}", shown(kind.word), expected,
                                did_you_mean(kind.word, kinds)));
  }
  value.choose(kind.word);
  // A bare word leaves its member's defaults, but still misses what the member requires.
  open(node, path_of(name) + ".");
  frames_.back().names.emplace_back("kind");
  value.describe(*this);
  close();
}

void Reader::begin_map(Name name, Doc /*doc*/, Presence presence) {
  const Node* node = take(name, presence, "a map");
  if (node != nullptr && node->kind != Node::Kind::Map) {
    complain(*node, name, fmt::format("found {}, expected a map", node->seen()));
    node = nullptr;
  }
  open(node, path_of(name) + ".");
}

void Reader::end_map() { close(); }

void Reader::list(Name name, ListBase& value, Doc /*doc*/, Presence presence) {
  const Node* node = take(name, presence, "a list");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::List) {
    return complain(*node, name, fmt::format("found {}, expected a list", node->seen()));
  }
  // What is written replaces a default list; none of the structs has one today.
  SIM_CHECK(value.size() == 0);
  std::set<std::string> names;
  for (const Node& item : node->items) {
    const std::size_t i = value.size();
    value.append();
    const Node::Entry* entry = item.find("name");
    const std::string path = entry != nullptr && is_name(entry->value.word)
                                 ? fmt::format("{}.{}", path_of(name), entry->value.word)
                                 : fmt::format("{}[{}]", path_of(name), i);
    if (item.kind != Node::Kind::Map) {
      if (item.kind != Node::Kind::Refused) {
        reading_.complaints.add(complaint_at(
            item.place, fmt::format("{}: found {}, expected a map", path, item.seen())));
      }
      continue;
    }
    if (entry != nullptr && !names.insert(entry->value.word).second) {
      reading_.complaints.add(
          complaint_at(entry->value.place,
                       fmt::format("{}.name: found this name again, expected another", path)));
    }
    reading_.places[path] = item.place;
    open(&item, path + ".");
    value.describe(i, *this);
    close();
  }
}

}  // namespace

void Reading::complain(const std::string& key, const std::string& text) {
  Place place;
  for (std::string at = key; !at.empty();) {
    if (const auto known = places.find(at); known != places.end()) {
      place = known->second;
      break;
    }
    const std::size_t cut = at.find_last_of(".[");
    at.resize(cut == std::string::npos ? 0 : cut);
  }
  if (!place.file && places.contains("")) place = places.at("");
  complaints.add(complaint_at(place, key + ": " + text));
}

void read_map(const Node& root, const std::function<void(Fields&)>& describe, Reading& reading) {
  Reader reader(root, reading);
  describe(reader);
  reader.finish();
}

}  // namespace assay::protocol
