// A search field that hides the entries of a list that do not contain the words typed.
const box = document.querySelector('[data-filter-list]')
const field = box?.querySelector('input')
if (field) {
  box.hidden = false
  field.addEventListener('input', () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean)
    for (const item of document.querySelectorAll('[data-filter-text]')) {
      const text = item.dataset.filterText.toLocaleLowerCase()
      item.hidden = !words.every(word => text.includes(word))
    }
    for (const section of document.querySelectorAll('section:has([data-filter-text])')) {
      section.hidden = !section.querySelector('[data-filter-text]:not([hidden])')
    }
  })
}
