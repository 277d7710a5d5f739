/**
 * Lets a process outlive its stderr: the reader of the log may end (`2>&1 | grep`), or its disk be full, and a worker or
 * a sync goes on all the same. What would be written is lost until stderr takes it again. Import it in a program's entry.
 */
process.stderr.on('error', () => {});
