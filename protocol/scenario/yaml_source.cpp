#include "protocol/scenario/yaml_source.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <sstream>
#include <utility>

#include "sim/check.hpp"

namespace assay::protocol {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;
constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostFiles = 64;

/// Stops the parser; the complaint is made already.
struct Stop {};

/// Builds a Node from the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const std::string> source, Offset offset, Complaints& complaints)
      : source_(std::move(source)), offset_(offset), complaints_(complaints) {}

  [[nodiscard]] Node take_root() { return std::move(root_); }
  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    if (offset_.one_line) return {source_, 0, mark.column + 1 + offset_.columns};
    return {source_, mark.line + 1, mark.column + 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    complaints_.add(complaint_at(place(mark), "found a second document, expected one"));
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_properties(mark, "", anchor);
    add(make(Node::Kind::Nothing, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    once(alias_seen_, mark, "found an alias (*), expected the value itself");
    add(make(Node::Kind::Refused, mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_properties(mark, tag, anchor);
    Node node = make(Node::Kind::Word, mark);
    node.word = value;
    node.quoted = tag == "!";
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    check_properties(mark, tag, anchor);
    open(Node::Kind::List, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    check_properties(mark, tag, anchor);
    open(Node::Kind::Map, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A map or list that is not closed yet.
  struct Level {
    Node node;
    bool has_key = false;
    bool keep = true;  ///< the value of a repeated key is read and dropped
    std::string key;
    Place key_place;
    std::map<std::string, Place> keys;
  };

  [[nodiscard]] Node make(Node::Kind kind, const YAML::Mark& mark) const {
    Node node;
    node.kind = kind;
    node.place = place(mark);
    return node;
  }
  void once(bool& seen, const YAML::Mark& mark, const char* text) {
    if (!std::exchange(seen, true)) complaints_.add(complaint_at(place(mark), text));
  }
  void check_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      once(anchor_seen_, mark, "found an anchor (&), expected the value alone");
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      once(tag_seen_, mark, "found a tag (!), expected the value alone");
    }
  }
  void open(Node::Kind kind, const YAML::Mark& mark) {
    if (wants_key()) {
      complaints_.add(complaint_at(place(mark), kind == Node::Kind::Map
                                                    ? "found a map as a key, expected a word"
                                                    : "found a list as a key, expected a word"));
      throw Stop{};
    }
    if (levels_.size() == kDeepest) {
      complaints_.add(
          complaint_at(place(mark), fmt::format("found more than {} levels of nesting", kDeepest)));
      throw Stop{};
    }
    Level level;
    level.node = make(kind, mark);
    levels_.push_back(std::move(level));
  }
  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
  }
  [[nodiscard]] bool wants_key() const {
    return !levels_.empty() && levels_.back().node.kind == Node::Kind::Map &&
           !levels_.back().has_key;
  }

  void add_key(Level& level, Node node) {
    if (node.kind != Node::Kind::Word || node.word == "<<") {
      complaints_.add(complaint_at(node.place, node.kind == Node::Kind::Word
                                                   ? "found a merge key (<<), expected the keys"
                                                   : "found no word as a key, expected one"));
      level.keep = false;
    } else {
      const auto [first, fresh] = level.keys.emplace(node.word, node.place);
      level.keep = fresh;
      if (!fresh) {
        const Place& before = first->second;
        complaints_.add(complaint_at(
            node.place, fmt::format("{}: found this key again, expected it once (first at {}{})",
                                    shown(node.word),
                                    before.line > 0 ? fmt::format("{}:", before.line) : "column ",
                                    before.column)));
      }
    }
    level.has_key = true;
    level.key = std::move(node.word);
    level.key_place = node.place;
  }
  void add(Node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == Node::Kind::List) {
      level.node.items.push_back(std::move(node));
    } else if (!level.has_key) {
      add_key(level, std::move(node));
    } else {
      level.has_key = false;
      if (!level.keep) return;
      // The parser gives a missing value the place of what comes next.
      if (node.kind == Node::Kind::Nothing) node.place = level.key_place;
      level.node.entries.push_back(
          Node::Entry{std::move(level.key), level.key_place, std::move(node)});
    }
  }

  std::shared_ptr<const std::string> source_;
  Offset offset_;
  Complaints& complaints_;
  Node root_;
  std::vector<Level> levels_;
  int documents_ = 0;
  bool alias_seen_ = false;
  bool anchor_seen_ = false;
  bool tag_seen_ = false;
};

/// The length of the UTF-8 character at the front of `text`, zero where there is none: neither
/// overlong forms nor surrogates nor anything above U+10FFFF.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) >= 0xA0) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return length;
}

/// Complains about the first byte that no text file has; false where there is one.
bool check_text(std::string_view text, const std::shared_ptr<const std::string>& source,
                Offset offset, Complaints& complaints) {
  Place place{source, offset.one_line ? 0 : 1, 1 + offset.columns};
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control =
        (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
    if (length == 0 || control) {
      complaints.add(complaint_at(
          place, fmt::format("found {} 0x{:02x}, expected UTF-8 text",
                             length == 0 ? "the byte" : "the control character", byte)));
      return false;
    }
    i += length;
    ++place.column;
    if (byte == '\n' && !offset.one_line) {
      ++place.line;
      place.column = 1;
    }
  }
  return true;
}

[[noreturn]] void refuse_file(const std::filesystem::path& path, std::string text) {
  throw ConfigError(Complaint{path.string(), 0, 0, std::move(text)});
}

/// Follows `include:`.
class Includer {
 public:
  explicit Includer(Complaints& complaints) : complaints_(complaints) {}

  Node read(const std::filesystem::path& path) {
    const std::string text = read_text_file(path);
    files_.push_back(path);
    const auto source = std::make_shared<const std::string>(path.string());
    std::optional<Node> own = parse_yaml(text, source, Offset{}, complaints_);
    if (!own) complaints_.throw_if_any();
    if (own->kind != Node::Kind::Map) {
      complaints_.add(complaint_at(
          own->place, fmt::format("found {}, expected a map of keys and values", own->seen())));
      complaints_.throw_if_any();
    }
    const auto include = std::find_if(own->entries.begin(), own->entries.end(),
                                      [](const Node::Entry& e) { return e.key == "include"; });
    if (include == own->entries.end()) return std::move(*own);
    const Node named = std::move(include->value);
    own->entries.erase(include);
    open_.push_back(std::filesystem::weakly_canonical(path));
    Node base;
    base.kind = Node::Kind::Map;
    base.place = own->place;
    if (named.kind == Node::Kind::List) {
      for (const Node& item : named.items) include_one(base, item, path.parent_path());
    } else {
      include_one(base, named, path.parent_path());
    }
    open_.pop_back();
    lay_over(base, std::move(*own));
    return base;
  }

  [[nodiscard]] std::vector<std::filesystem::path> take_files() { return std::move(files_); }

 private:
  void include_one(Node& base, const Node& name, const std::filesystem::path& folder) {
    // Without an included file every key that it has would seem to be missing: nothing else is
    // read.
    const auto complain = [&](std::string text) {
      complaints_.add(complaint_at(name.place, fmt::format("include: {}", text)));
      complaints_.throw_if_any();
    };
    if (name.kind != Node::Kind::Word || name.word.empty()) {
      return complain(fmt::format("found {}, expected a file or a list of files", name.seen()));
    }
    const std::filesystem::path path = folder / name.word;
    if (std::find(open_.begin(), open_.end(), std::filesystem::weakly_canonical(path)) !=
        open_.end()) {
      return complain(fmt::format("found {}, which includes this file", shown(name.word)));
    }
    if (files_.size() >= kMostFiles) {
      return complain(fmt::format("found more than {} files, expected fewer", kMostFiles));
    }
    try {
      lay_over(base, read(path));
    } catch (const ConfigError& error) {
      // What cannot be read is said where it is included; what is wrong inside, there.
      const Complaint& first = error.complaints().front();
      if (first.file != path.string() || first.line > 0) throw;
      complain(fmt::format("{}: {}", first.file, first.text));
    }
  }

  Complaints& complaints_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::filesystem::path> open_;  ///< from the scenario to the file being read
};

}  // namespace

std::optional<Node> parse_yaml(std::string_view text, std::shared_ptr<const std::string> source,
                               Offset offset, Complaints& complaints) {
  if (!check_text(text, source, offset, complaints)) return std::nullopt;
  Builder builder(std::move(source), offset, complaints);
  // The parser takes a quote that is still open at a last line break for closed; a comment behind
  // everything leaves no such end.
  std::istringstream stream(std::string(text) + "\n#");
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) builder.OnNull(YAML::Mark(), YAML::NullAnchor);
    // Whatever follows is a second document, which the builder refuses.
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    const YAML::Mark mark = error.mark.is_null() ? YAML::Mark() : error.mark;
    complaints.add(complaint_at(builder.place(mark), "not YAML: " + shown(error.msg)));
    return std::nullopt;
  }
  return builder.take_root();
}

std::string read_text_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) refuse_file(path, "found no such file");
  if (std::filesystem::is_directory(status)) {
    refuse_file(path, "found a directory, expected a file");
  }
  // A pipe or a device may never end.
  if (!std::filesystem::is_regular_file(status)) {
    refuse_file(path, "found no regular file, expected one");
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (!file) refuse_file(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text(kLargestFile + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    refuse_file(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  if (text.size() > kLargestFile) {
    refuse_file(path, "found more than 1 MiB, expected a scenario");
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    refuse_file(path, "found an empty file, expected a scenario");
  }
  return text;
}

Source read_yaml(const std::filesystem::path& path, Complaints& complaints) {
  Includer includer(complaints);
  Node root = includer.read(path);
  return {std::move(root), includer.take_files()};
}

}  // namespace assay::protocol
