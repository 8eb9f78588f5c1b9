"""Mappings: how the columns of a file become records. `examples/README.md` shows the format to its users."""

from prm.imports.mapping.model import (
    ColumnSpec,
    Constant,
    EmitSpec,
    LookupSpec,
    Mapping,
    MappingFault,
)

__all__ = ["ColumnSpec", "Constant", "EmitSpec", "LookupSpec", "Mapping", "MappingFault"]
