#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/scenario/node.hpp"

/// The axes of a campaign: keys of a scenario, and the values they are to take.
namespace assay::analysis {

/// A number and the unit behind it: `5 %`, `0.40 USD/h`, `3`.
struct Quantity {
  double number = 0.0;
  std::string text;  ///< of the number alone
  std::string unit;
};
/// The quantity that a text states; none where it is a word.
[[nodiscard]] std::optional<Quantity> as_quantity(std::string_view text);

/// An axis as it was written: values in a row, or a span `lo..hi[:lin|:log][:n]`.
struct AxisSpec {
  struct Span {
    Quantity low;
    Quantity high;
    bool log = false;
    std::optional<int> count;
  };
  std::string key;
  protocol::Place key_place;
  protocol::Place place;  ///< of the values
  std::vector<protocol::Node> values;
  std::optional<Span> span;  ///< instead of values
};

/// Reads `path.to.key=values`, as `--vary` has it. Complaints name `option` and the column.
[[nodiscard]] std::optional<AxisSpec> parse_axis(std::string_view option, const std::string& text,
                                                 protocol::Complaints& complaints);
/// The same from a key and a value of a study file: a text as above, or a list.
[[nodiscard]] std::optional<AxisSpec> read_axis(const std::string& key, protocol::Place key_place,
                                                const protocol::Node& value,
                                                protocol::Complaints& complaints);

enum class AxisScale : std::uint8_t { Linear, Log, Words };

struct AxisValue {
  std::string text;             ///< as `--set` takes it
  std::optional<double> value;  ///< in the axis's unit; a share is a part of one
  protocol::Node node;
};

/// An axis with its values worked out.
struct Axis {
  std::string key;
  protocol::Place key_place;
  std::string unit;  ///< `share`, `h`, `tok`; empty for pure numbers and words
  AxisScale scale = AxisScale::Linear;
  std::vector<AxisValue> values;
};

/// Works out the values of a list, or of a span that says how many. `whole`: the key takes whole
/// numbers only. Complains about a span without a number of values, values in different units or
/// twice, and more values than whole numbers.
[[nodiscard]] std::optional<Axis> grid(const AxisSpec& spec, bool whole,
                                       protocol::Complaints& complaints);
/// The values of an axis at places in [0, 1) between its ends, or in its list.
[[nodiscard]] std::optional<Axis> sampled(const AxisSpec& spec, bool whole,
                                          const std::vector<double>& places,
                                          protocol::Complaints& complaints);

/// A value as `--set` reads it back.
[[nodiscard]] std::string node_text(const protocol::Node& node);

}  // namespace assay::analysis
