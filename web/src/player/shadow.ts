// Shadow roots without inline styles; see csp-safe.mjs for why and where it is put in.

/** Puts a template into a shadow root, its <style> elements as one adopted sheet of this root alone
 *  (media-chrome writes positions into its rules, so sheets cannot be shared). */
export function fillShadow(root: ShadowRoot, html: string): void {
    const template = document.createElement('template') // inert: nothing in it is applied or checked
    template.innerHTML = html
    let css = ''
    for (const style of template.content.querySelectorAll('style')) {
        css += style.textContent
        style.remove()
    }
    // declarative shadow roots of nested elements: their constructors make the same
    for (const nested of template.content.querySelectorAll('template[shadowrootmode]'))
        nested.remove()
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
    root.append(document.importNode(template.content, true))
}

function sheetsOf(parent: ParentNode): CSSStyleSheet[] {
    return parent instanceof ShadowRoot || parent instanceof Document ? [...parent.adoptedStyleSheets] : []
}

export function getCSSRule(parent: ParentNode, matches: (selector: string) => boolean): CSSRule | undefined {
    for (const sheet of sheetsOf(parent))
        for (const rule of sheet.cssRules)
            if (matches((rule as CSSStyleRule).selectorText))
                return rule
    return undefined
}

export function insertCSSRule(parent: ParentNode, selector: string): CSSRule | undefined {
    const sheet = sheetsOf(parent).at(-1)
    if (!sheet)
        return undefined
    return sheet.cssRules[sheet.insertRule(`${selector}{}`, sheet.cssRules.length)]
}
