#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Small pieces of HTML. Whatever comes from a scenario passes through `escape`.
namespace assay::analysis {

/// Text that is safe as content and as a quoted attribute.
[[nodiscard]] std::string escape(std::string_view text);
/// A link to a term of the glossary, whose meaning opens as a tip.
[[nodiscard]] std::string term(std::string_view title, std::string_view shown = "");
/// The glossary's anchor of a term: `paired gain` stands at `#term-paired-gain`.
[[nodiscard]] std::string term_anchor(std::string_view title);
/// Code for the inside of a script element: nothing in it can end the element.
[[nodiscard]] std::string script_safe(std::string_view code);
/// The same for JSON, which may hold text from a scenario: no `<` is left in it.
[[nodiscard]] std::string json_safe(std::string_view json);
/// An estimate's text with its bracket muted: `8.03 % <span>[7.96, 8.09]</span>`, in one piece.
[[nodiscard]] std::string muted_bracket(std::string_view estimate_text);

/// A table of text: the first column names the row, all others hold numbers.
struct Table {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
[[nodiscard]] std::string table_html(const Table& table, std::string_view css_class = "");

}  // namespace assay::analysis
