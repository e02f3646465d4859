"""The rules, one small family a file; `lehr.checks.listing` names them all."""
