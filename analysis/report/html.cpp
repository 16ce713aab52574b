#include "analysis/report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace assay::analysis {

std::string escape(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string term_anchor(std::string_view title) {
  std::string anchor = "term-";
  for (const char c : title) anchor += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
  return anchor;
}

std::string term(std::string_view title, std::string_view shown) {
  return fmt::format(R"(<a class="term" href="#{}">{}</a>)", term_anchor(title),
                     escape(shown.empty() ? title : shown));
}

std::string script_safe(std::string_view code) {
  // In a string or a pattern `<\/` means the same as `</`. Only what would end the element is
  // touched: elsewhere in code `</` may be the end of a pattern.
  constexpr std::string_view kEnd = "</script";
  std::string safe;
  safe.reserve(code.size());
  for (std::size_t i = 0; i < code.size(); ++i) {
    safe += code[i];
    const auto next = code.substr(i, kEnd.size());
    const bool ends =
        std::equal(next.begin(), next.end(), kEnd.begin(), kEnd.end(),
                   [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (ends) safe += '\\';
  }
  return safe;
}

std::string json_safe(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string muted_bracket(std::string_view estimate_text) {
  const auto at = estimate_text.find('[');
  if (at == std::string_view::npos) {
    return fmt::format(R"(<span class="number">{}</span>)", escape(estimate_text));
  }
  return fmt::format(R"(<span class="number">{}<span class="muted">{}</span></span>)",
                     escape(estimate_text.substr(0, at)), escape(estimate_text.substr(at)));
}

std::string table_html(const Table& table, std::string_view css_class) {
  std::string html = fmt::format(R"(<div class="scroll"><table class="{}">)", css_class);
  if (!table.caption.empty()) html += fmt::format("<caption>{}</caption>", escape(table.caption));
  html += "<thead><tr>";
  for (const auto& column : table.columns) {
    html += fmt::format(R"(<th scope="col">{}</th>)", escape(column));
  }
  html += "</tr></thead><tbody>";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += i == 0 ? fmt::format(R"(<th scope="row">{}</th>)", escape(row[i]))
                     : fmt::format("<td>{}</td>", escape(row[i]));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>";
}

}  // namespace assay::analysis
