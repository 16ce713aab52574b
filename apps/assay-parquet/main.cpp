#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/api.h>
#include <arrow/io/stdio.h>
#include <parquet/arrow/writer.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// assay-parquet FILE NAME=TYPE...: turns the CSV on standard input into a Parquet file, batch by
// batch. A program of its own, so that `assay` itself needs no Arrow: it starts this one for
// `assay export -o FILE.parquet`.
namespace {

std::shared_ptr<arrow::DataType> type_of(std::string_view name) {
  if (name == "text") return arrow::utf8();
  if (name == "integer") return arrow::int64();
  if (name == "real") return arrow::float64();
  return nullptr;
}

arrow::Status convert(const std::string& file,
                      const std::vector<std::shared_ptr<arrow::Field>>& fields) {
  auto read = arrow::csv::ReadOptions::Defaults();
  auto parse = arrow::csv::ParseOptions::Defaults();
  auto types = arrow::csv::ConvertOptions::Defaults();
  types.strings_can_be_null = false;
  for (const auto& field : fields) types.column_types[field->name()] = field->type();
  const auto input = std::make_shared<arrow::io::StdinStream>();
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        arrow::csv::StreamingReader::Make(arrow::io::default_io_context(), input,
                                                          read, parse, types));
  ARROW_ASSIGN_OR_RAISE(const auto output, arrow::io::FileOutputStream::Open(file));
  const auto properties =
      parquet::WriterProperties::Builder().compression(arrow::Compression::ZSTD)->build();
  ARROW_ASSIGN_OR_RAISE(
      auto writer, parquet::arrow::FileWriter::Open(*table->schema(), arrow::default_memory_pool(),
                                                    output, properties));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(table->ReadNext(&batch));
    if (!batch) break;
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return output->Close();
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (int i = 2; i < argc; ++i) {
    const std::string_view column = argv[i];
    const std::size_t equals = column.rfind('=');
    const auto type =
        equals == std::string_view::npos ? nullptr : type_of(column.substr(equals + 1));
    if (!type) {
      std::fprintf(stderr, "assay-parquet: found %s, expected NAME=text, =integer or =real\n",
                   argv[i]);
      return 2;
    }
    fields.push_back(arrow::field(std::string(column.substr(0, equals)), type));
  }
  if (fields.empty()) {
    std::fprintf(stderr, "usage: assay-parquet FILE NAME=TYPE... < TABLE.csv\n");
    return 2;
  }
  const arrow::Status status = convert(argv[1], fields);
  if (status.ok()) return 0;
  std::fprintf(stderr, "assay-parquet: %s\n", status.ToString().c_str());
  return 1;
}
