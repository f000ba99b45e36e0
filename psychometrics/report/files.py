"""Write a result to a file by its suffix, whole or not at all."""

from __future__ import annotations

import io
import json
from csv import writer as csv_writer
from pathlib import Path

import pyarrow as pa

from psychometrics.errors import OutputError
from psychometrics.output import write_whole
from psychometrics.result import Result

SUFFIXES = (".csv", ".tsv", ".parquet", ".json", ".html")


def result_bytes(result: Result, suffix: str) -> bytes:
    """Return the result as a file of that kind; nothing is rounded but in HTML."""
    if suffix in (".csv", ".tsv"):
        return table_csv(result.to_arrow(), "\t" if suffix == ".tsv" else ",")
    if suffix == ".parquet":
        return _parquet(result)
    if suffix == ".json":
        return (json.dumps(result.to_dict(), ensure_ascii=False, indent=1) + "\n").encode()
    if suffix == ".html":
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{type(result).__name__}</title>'
        return f"{page}<body>{result._repr_html_()}</body></html>\n".encode()
    raise OutputError(f'cannot write "{suffix}" files', hint=f"The name must end in {' '.join(SUFFIXES)}.")


def write_result(result: Result, path: Path) -> None:
    """Write a result to a file; an existing file is replaced in one step."""
    write_whole(path, result_bytes(result, path.suffix.lower()))


def table_csv(table: pa.Table, delimiter: str = ",") -> bytes:
    """Return an Arrow table as delimited text; null is an empty cell."""
    from pyarrow import csv

    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    plain = pa.table(columns, names=table.column_names)
    head = io.StringIO()
    csv_writer(head, delimiter=delimiter, lineterminator="\n").writerow(table.column_names)
    for style in ("none", "needed"):  # quotes only where some text holds a delimiter, a quote or a line break
        out = io.BytesIO(head.getvalue().encode())
        out.seek(0, io.SEEK_END)
        try:
            options = csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style=style)
            csv.write_csv(plain, out, options)
        except pa.ArrowInvalid:
            continue
        return out.getvalue()
    raise OutputError("the table cannot be written as delimited text")


def _parquet(result: Result) -> bytes:
    import pyarrow.parquet as pq

    table = result.to_arrow()
    source = json.dumps(result.source.to_dict(), sort_keys=True)
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"psychometrics_source": source}), out)
    return out.getvalue()
