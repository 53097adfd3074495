"""Files: tables in, tables out, doses in and out; an output is whole or not there."""
