#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/report/html.hpp"
#include "analysis/report/palette.hpp"
#include "analysis/report/report_data.hpp"

/// Pieces of Vega-Lite specifications. A specification is data: it carries its numbers, light
/// colours and a fixed height; the page sets its width. Margins are fixed too, so that two panels
/// above each other share their time axis and labels at line ends have room.
namespace assay::analysis {

using Json = nlohmann::json;
using Styles = std::map<std::string, StrategyStyle>;

struct Margins {
  int left = 50;
  int right = 20;
  int top = 10;
  int bottom = 40;
};

/// A specification without layers.
[[nodiscard]] Json chart(int height, const Margins& margins);
void add_layer(Json& chart, Json layer);

/// `{"type": name, ...properties}`
[[nodiscard]] Json mark(std::string_view type, Json properties = Json::object());
[[nodiscard]] Json values(Json rows);

/// A value axis that covers [low, high] with round steps. Grid lines where it says so.
struct Scale {
  double low = 0.0;
  double high = 1.0;
  std::vector<double> ticks;
  int decimals = 0;  ///< that tell the ticks apart
};
[[nodiscard]] Scale round_scale(double low, double high, int most_ticks = 6);
/// A share from 0 up to at least `high`; decimals are those of percent.
[[nodiscard]] Scale share_scale(double high, int most_ticks = 6);
/// Powers of ten around (low, high), as exponents: the axis is drawn linearly over logarithms,
/// which leaves room for an open circle at zero.
[[nodiscard]] Scale log_scale(double low, double high);

enum class TickText { Number, Signed, Percent, PowerOfTen };
/// A Vega-Lite position channel over `scale`, without the field. `title` may be empty.
[[nodiscard]] Json axis(const Scale& scale, std::string_view title, TickText text, bool grid);
/// Categories down the page; a `|` in a label breaks the line.
[[nodiscard]] Json categories(std::string_view field, bool bold);
/// The days of a run, the first and the last among the ticks.
[[nodiscard]] Json day_axis(const std::vector<double>& grid_d, double warm_up_d,
                            bool labels = true);

/// A channel over `axis` that reads a field, or stands at one value.
[[nodiscard]] Json by_field(Json axis, std::string_view field);
[[nodiscard]] Json at_value(Json axis, double value);
/// A channel that takes colours, dashes or shapes from the rows as they are.
[[nodiscard]] Json literal(std::string_view field);

/// The line of one strategy and the band of its interval, if it has one.
void add_line(Json& chart, const std::vector<double>& x, const BandSeries& series,
              const Json& x_axis, const Json& y_axis, const std::string& line_colour,
              const std::vector<int>& dash, double width = 2.0);
/// A rule at a value of x or y (`channel`), from edge to edge.
void add_rule(Json& chart, std::string_view channel, const Json& axis, double at,
              const std::string& rule_colour, double width, const std::vector<int>& dash = {});

/// Names at the right ends of lines, moved apart so that they do not touch.
struct EndLabel {
  double y = 0.0;
  std::string text;
  std::string colour;
};
void add_end_labels(Json& chart, std::vector<EndLabel> labels, const Json& y_axis, int height);

/// A key above the plot, where lines cross and ends cannot carry names.
struct KeyItem {
  std::string text;
  std::string colour;  ///< of the line or square
  std::string text_colour;
  std::vector<int> dash;
  bool square = false;
  std::string shape;  ///< a mark instead of a line
};
void add_key(Json& chart, const std::vector<KeyItem>& items, int left);

/// Text right of the plot, one for each category; `dy` moves it down by pixels.
void add_right_text(Json& chart, const Json& rows, const Json& category_axis, std::string_view text,
                    std::string_view colour_field, bool bold, int dy);

/// About how wide text of 12 px is, in pixels.
[[nodiscard]] double text_width(std::string_view text);
/// The left margin that holds the names of categories, up to about a third of a narrow page.
[[nodiscard]] int label_margin(const std::vector<std::string>& labels);
/// At most `most` of the indices 0..n-1, evenly spread, both ends among them.
[[nodiscard]] std::vector<std::size_t> thinned(std::size_t n, std::size_t most);
/// Five digits are more than a pixel shows, and keep the page small.
[[nodiscard]] double short_number(double value);

/// One drawn panel and what it shows in a sentence, for those who do not see it.
struct Panel {
  Json spec;
  std::string aria;
};
struct Figure {
  std::string id;
  std::string title;     ///< text
  std::string subtitle;  ///< HTML
  std::string note;      ///< HTML, below; may be empty
  std::vector<Panel> panels;
  Table table;
};

}  // namespace assay::analysis
