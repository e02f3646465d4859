"""The report of a study: one record, shown as a page, in a terminal, or as JSON.

`build.build(study)` computes the record; `page`, `terminal` and the record's own
`model_dump_json()` show it. The modules are imported one by one, because plotly is large.
"""
