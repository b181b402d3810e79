// A click on a heading sorts by its column: numbers from the greatest, text from A; again turns it.
for (const table of document.querySelectorAll(".table table")) {
  const headings = [...table.querySelectorAll("th")];
  headings.forEach((heading, index) => {
    heading.querySelector("button").addEventListener("click", () => {
      const numeric = heading.classList.contains("number");
      const before = heading.getAttribute("aria-sort");
      const order = before === null ? (numeric ? "descending" : "ascending")
        : before === "ascending" ? "descending" : "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const value = (row) => row.cells[index].dataset.value;
      const compare = (a, b) => {
        if (a === "" || b === "") return (a === "") - (b === "");  // Missing: last, either way.
        return sign * (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b))));
    });
  });
}
