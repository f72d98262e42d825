"""Working applications that are composed here: tables, text, canvas, desktop, photographs."""
