"""How much of a file is read: all bounds are far above what people write, and far below what hurts."""

MAX_BYTES = 16 * 1024 * 1024
MAX_DOCUMENTS = 10_000
MAX_MARKERS = 50_000
MAX_DEPTH = 200
MAX_NODES = 2_000_000  # of one document
MAX_PURE = 256 * 1024  # characters of one document for the pure reader, which is some twelve times slower
MAX_PURE_OF_FILE = 2 * MAX_PURE  # of all its documents together
MAX_COMMENT = 4096  # characters of a marker's comment
