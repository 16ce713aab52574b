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

void apply_set(Node& root, const std::string& text, Complaints& complaints) {
  const auto source = std::make_shared<const std::string>("--set " + shown(text));
  const auto place = [&source](std::size_t at) {
    return Place{source, 0, static_cast<int>(at) + 1};
  };
  const auto complain = [&](std::size_t at, std::string what) {
    complaints.add(complaint_at(place(at), std::move(what)));
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return complain(text.size(), "found no '=', expected path.to.key=value");
  }
  struct Step {
    std::size_t begin, end;
    std::string key;
  };
  std::vector<Step> path;
  for (std::size_t begin = 0; begin <= equals;) {
    const std::size_t end = std::min(text.find('.', begin), equals);
    path.push_back(Step{begin, end, text.substr(begin, end - begin)});
    if (begin == end) return complain(begin, "found no key, expected path.to.key=value");
    begin = end + 1;
  }
  std::optional<Node> value = parse_yaml(std::string_view(text).substr(equals + 1), source,
                                         Offset{true, static_cast<int>(equals) + 1}, complaints);
  if (!value) return;

  Node* at = &root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Step& step = path[i];
    const bool last = i + 1 == path.size();
    if (at->kind == Node::Kind::List) {
      Node* item = named(*at, step.key);
      const std::string so_far = shown(text.substr(0, step.end));
      if (item == nullptr) {
        const std::vector<std::string> names = names_in(*at);
        return complain(step.begin,
                        fmt::format("{}: found no entry of this name, expected {}{}", so_far,
                                    names.empty() ? "a list with names" : either(names),
                                    did_you_mean(step.key, names)));
      }
      if (last) {
        return complain(step.begin, so_far + ": found an entry of a list, expected a key in it");
      }
      at = item;
      continue;
    }
    become_map(*at);
    // Another kind has other parameters: those of the old one go with it.
    if (last && step.key == "kind" && kind_of(*at) != value->word) at->entries.clear();
    Node::Entry* entry = at->find(step.key);
    if (entry == nullptr) {
      at->entries.push_back(Node::Entry{step.key, {}, Node{}});
      entry = &at->entries.back();
      entry->value.place = place(step.begin);
    }
    entry->place = place(step.begin);
    if (last) entry->value = std::move(*value);
    at = &entry->value;
  }
}

}  // namespace assay::protocol
