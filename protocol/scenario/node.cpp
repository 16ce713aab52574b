#include "protocol/scenario/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/yaml_source.hpp"

namespace assay::protocol {
namespace {

/// The kind that a map or a bare word names; empty where it names none.
std::string_view kind_of(const Node& node) {
  if (node.kind == Node::Kind::Word) return node.word;
  const Node::Entry* kind = node.find("kind");
  return kind != nullptr ? std::string_view(kind->value.word) : std::string_view(node.word);
}

void become_map(Node& node) {
  if (node.kind == Node::Kind::Map) return;
  if (node.kind != Node::Kind::Word) node.word.clear();
  node.kind = Node::Kind::Map;
  node.items.clear();
}

/// The entry of `list` whose `name` is `name`.
Node* named(Node& list, std::string_view name) {
  for (Node& item : list.items) {
    const Node::Entry* entry = item.find("name");
    if (entry != nullptr && entry->value.word == name) return &item;
  }
  return nullptr;
}

std::vector<std::string> names_in(const Node& list) {
  std::vector<std::string> names;
  for (const Node& item : list.items) {
    if (const Node::Entry* entry = item.find("name")) names.push_back(entry->value.word);
  }
  return names;
}

}  // namespace

Complaint complaint_at(const Place& place, std::string text) {
  return {place.file ? *place.file : "", place.line, place.column, std::move(text)};
}

const Node::Entry* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Node::Entry* Node::find(std::string_view key) {
  return const_cast<Entry*>(std::as_const(*this).find(key));
}

std::string Node::seen() const {
  switch (kind) {
    case Kind::Word:
      return word.empty() ? "an empty text" : shown(word);
    case Kind::Map:
      return "a map";
    case Kind::List:
      return "a list";
    case Kind::Nothing:
    case Kind::Refused:
      break;
  }
  return "nothing";
}

void lay_over(Node& base, Node over) {
  if (over.kind != Node::Kind::Map) {
    base = std::move(over);
    return;
  }
  const bool other_kind = over.find("kind") != nullptr && kind_of(over) != kind_of(base);
  if (other_kind || (base.kind != Node::Kind::Map && base.kind != Node::Kind::Word)) {
    base = std::move(over);
    return;
  }
  become_map(base);
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < base.entries.size(); ++i) known.emplace(base.entries[i].key, i);
  for (Node::Entry& entry : over.entries) {
    const auto at = known.find(entry.key);
    if (at == known.end()) {
      base.entries.push_back(std::move(entry));
    } else {
      Node::Entry& old = base.entries[at->second];
      old.place = entry.place;
      lay_over(old.value, std::move(entry.value));
    }
  }
}

std::optional<Overlay> parse_overlay(std::string_view option, const std::string& text,
                                     Complaints& complaints) {
  const auto source =
      std::make_shared<const std::string>(fmt::format("{} {}", option, shown(text)));
  const auto complain = [&](std::size_t at, std::string what) {
    complaints.add(complaint_at(Place{source, 0, static_cast<int>(at) + 1}, std::move(what)));
    return std::nullopt;
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return complain(text.size(), "found no '=', expected path.to.key=value");
  }
  for (std::size_t begin = 0; begin <= equals;) {
    const std::size_t end = std::min(text.find('.', begin), equals);
    if (begin == end) return complain(begin, "found no key, expected path.to.key=value");
    begin = end + 1;
  }
  std::optional<Node> value = parse_yaml(std::string_view(text).substr(equals + 1), source,
                                         Offset{true, static_cast<int>(equals) + 1}, complaints);
  if (!value) return std::nullopt;
  return Overlay{text.substr(0, equals), Place{source, 0, 1}, std::move(*value)};
}

void lay(Node& root, Overlay overlay, Complaints& complaints) {
  const std::string& key = overlay.key;
  Node* at = &root;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    const std::string step = key.substr(begin, end - begin);
    const bool last = end == key.size();
    Place place = overlay.place;
    place.column += static_cast<int>(begin);
    if (at->kind == Node::Kind::List) {
      Node* item = named(*at, step);
      const std::string so_far = shown(key.substr(0, end));
      if (item == nullptr) {
        const std::vector<std::string> names = names_in(*at);
        complaints.add(complaint_at(
            place, fmt::format("{}: found no entry of this name, expected {}{}", so_far,
                               names.empty() ? "a list with names" : either(names),
                               did_you_mean(step, names))));
        return;
      }
      if (last) {
        complaints.add(
            complaint_at(place, so_far + ": found an entry of a list, expected a key in it"));
        return;
      }
      at = item;
      begin = end + 1;
      continue;
    }
    become_map(*at);
    // Another kind has other parameters: those of the old one go with it.
    if (last && step == "kind" && kind_of(*at) != overlay.value.word) at->entries.clear();
    Node::Entry* entry = at->find(step);
    if (entry == nullptr) {
      at->entries.push_back(Node::Entry{step, {}, Node{}});
      entry = &at->entries.back();
      entry->value.place = place;
    }
    entry->place = place;
    if (last) entry->value = std::move(overlay.value);
    at = &entry->value;
    begin = end + 1;
  }
}

void apply_set(Node& root, const std::string& text, Complaints& complaints) {
  std::optional<Overlay> overlay = parse_overlay("--set", text, complaints);
  if (overlay) lay(root, std::move(*overlay), complaints);
}

}  // namespace assay::protocol
