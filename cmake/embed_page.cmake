# Writes OUTPUT, a source file that holds the report page's STYLE and SCRIPT as string constants.
file(READ "${STYLE}" style)
file(READ "${SCRIPT}" script)
file(WRITE "${OUTPUT}" "#include \"analysis/report/page_assets.hpp\"

namespace assay::analysis {

const std::string_view kPageStyle = R\"assay-page(${style})assay-page\";
const std::string_view kPageScript = R\"assay-page(${script})assay-page\";

}  // namespace assay::analysis
")
