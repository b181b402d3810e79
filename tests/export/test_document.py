from tests.export import conversion, document


def test_a_document_tells_what_failed_and_what_is_missing():
    same = {"a_x2": "a_x2", "b_x2": "a_x2", "c_x2": "c_x2"}
    known = {"model": "a_x2", "parameters": 2e6, "sizes": "any", "bytes": 8e6, "error": 2e-6}
    one = {"sizes": "20x28", "refused": "no loops"}
    records = [
        {**known, "format": "onnx"},
        {"model": "a_x2", "format": "stablehlo", "failed": "the process ended with -9"},
        {**known, "format": "litert", **one},
    ]
    lines = document.written(records, same, {"jax": "1"}).splitlines()
    (row,) = (line for line in lines if line.startswith("| a_x2"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["a_x2, b_x2", "2.00", "8.00", "2e-06", "none", "", "8.00, one size", "2e-06"]
    assert "- StableHLO, a_x2, b_x2: no file. the process ended with -9" in lines
    assert "- LiteRT, a_x2, b_x2: a file for one size, here 20x28. no loops" in lines
    assert "- Not tried yet: c_x2." in lines


def test_rows_of_one_network_are_converted_once():
    same = conversion.representatives()
    assert same["esrgan_x4"] == same["rrdb_x4"] == "rrdb_x4"
    assert same["imgcomp_c"] == "imgcomp_c"
