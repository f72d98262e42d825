"""What draws documents: the browser, LibreOffice Impress and typst, each measured."""
