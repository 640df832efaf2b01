/**
 * Shapes for ontologies as they are published: how classes, properties, restrictions and lists of
 * RDFS and OWL should look. Real ones break some of them.
 */
export const ontologyShapes = `
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <http://example.com/ontology-shapes#> .

:Documented a sh:NodeShape ;
  sh:property :Label, :Definition ;
  sh:property [ sh:path rdfs:isDefinedBy ; sh:maxCount 1 ; sh:nodeKind sh:IRI ;
    sh:severity sh:Warning ] .
:Label sh:path rdfs:label ; sh:minCount 1 ; sh:uniqueLang true ; sh:maxLength 60 ;
  sh:or ( [ sh:datatype rdf:langString ; sh:languageIn ( "en" "fr" ) ]
    [ sh:datatype xsd:string ] ) ;
  sh:pattern "^[^\\\\s]" .
:Definition sh:path [ sh:alternativePath ( rdfs:comment skos:definition dcterms:description ) ] ;
  sh:minCount 1 ; sh:minLength 20 ; sh:severity sh:Info ; sh:message "no definition"@en .

:ClassShape a sh:NodeShape ;
  sh:targetClass owl:Class, rdfs:Class ;
  sh:or ( [ sh:nodeKind sh:BlankNode ] :Documented ) ;
  sh:not [ sh:class rdf:Property ] ;
  sh:disjoint owl:disjointWith ;
  sh:property [ sh:path rdfs:subClassOf ; sh:nodeKind sh:BlankNodeOrIRI ;
    sh:or ( [ sh:class rdfs:Class ] [ sh:class owl:Class ] [ sh:class owl:Restriction ] ) ] ;
  sh:property [ sh:path ( [ sh:oneOrMorePath rdfs:subClassOf ] rdf:type ) ;
    sh:in ( owl:Class rdfs:Class owl:Restriction ) ] ;
  sh:property [ sh:path [ sh:inversePath rdfs:domain ] ; sh:maxCount 20 ;
    sh:property [ sh:path rdf:type ; sh:minCount 1 ; sh:maxCount 2 ] ] .

:PropertyShape a sh:NodeShape ;
  sh:targetClass owl:ObjectProperty, owl:DatatypeProperty, rdf:Property ;
  sh:targetSubjectsOf rdfs:domain ;
  sh:node :Documented ;
  sh:xone ( [ sh:class owl:ObjectProperty ] [ sh:class owl:DatatypeProperty ]
    [ sh:class owl:AnnotationProperty ]
    [ sh:property [ sh:path rdf:type ; sh:hasValue rdf:Property ; sh:maxCount 1 ] ] ) ;
  sh:property [ sh:path rdfs:domain ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path rdfs:range ; sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ;
    sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1 ] ;
  sh:property [ sh:path owl:inverseOf ; sh:equals rdfs:seeAlso ; sh:disjoint rdfs:range ] .

:RestrictionShape a sh:NodeShape ;
  sh:targetClass owl:Restriction ; sh:targetObjectsOf owl:equivalentClass ;
  sh:nodeKind sh:BlankNode ;
  sh:closed true ; sh:ignoredProperties ( rdf:type owl:onProperty owl:allValuesFrom
    owl:someValuesFrom owl:hasValue owl:cardinality ) ;
  sh:property [ sh:path owl:onProperty ; sh:minCount 1 ; sh:maxCount 1 ] ;
  sh:property [ sh:path owl:cardinality ; sh:datatype xsd:nonNegativeInteger ;
    sh:minInclusive 0 ; sh:maxExclusive 2 ; sh:lessThanOrEquals owl:maxCardinality ] .

:UnionShape a sh:PropertyShape ;
  sh:targetSubjectsOf owl:unionOf ;
  sh:path ( owl:unionOf [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ;
  sh:minCount 2 ; sh:nodeKind sh:IRI ; sh:class owl:Class ;
  sh:property [ sh:path [ sh:zeroOrOnePath rdfs:subClassOf ] ; sh:maxCount 2 ] .
`;
